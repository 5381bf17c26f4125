import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// The gateway is asked through the page's own origin, so that it needs no CORS_ORIGINS.
const proxy = { '/graphql': process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:4000' };

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic' } },
  resolve: { dedupe: ['react', 'react-dom', 'graphql'] },
  server: { proxy },
  preview: { proxy },
});
