import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Everything a page needs comes from this build: the policy that the server sends lets nothing in from elsewhere.
export default defineConfig({
  root: file('.'),
  base: '/pages/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic' } },
  resolve: { dedupe: ['react', 'react-dom', 'graphql'] },
  build: {
    outDir: file('../dist/pages'),
    emptyOutDir: true,
    // Vite's own polyfill would be an inline script, which the policy forbids.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 6_000,
    rolldownOptions: {
      input: { playground: file('playground/index.html'), inbox: file('inbox/index.html') },
    },
  },
});
