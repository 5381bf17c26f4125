// Serves the page from an origin of its own, as a shop would. `node examples/connect/serve.js [port]`
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/connect.js': ['connect.js', 'text/javascript; charset=utf-8'],
  '/connect.css': ['connect.css', 'text/css; charset=utf-8'],
};

const server = createServer(async (request, response) => {
  const [name, type] = FILES[new URL(request.url, 'http://localhost').pathname] ?? [];
  if (!name) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(await readFile(new URL(name, import.meta.url)));
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
