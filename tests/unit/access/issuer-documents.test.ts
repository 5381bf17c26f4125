/** What a URL of a caller's may make the gateway do. The servers are real; what counts is what reaches them. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createIssuerDocuments, DOCUMENT_LIMIT } from '../../../src/access/issuer-documents.js';

const production = createIssuerDocuments(true);
const development = createIssuerDocuments(false);

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('in production no document is fetched from', () => {
  test.each([
    'http://idp.example/keys',
    'http://localhost/keys',
    'ftp://idp.example/keys',
    'https://localhost/keys',
    'https://127.0.0.1/keys',
    'https://0x7f.1/keys',
    'https://2130706433/keys',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/keys',
    'https://[::ffff:10.0.0.1]/keys',
    'https://user:secret@idp.example/keys',
    'https://idp.example/keys#a',
    '/keys',
  ])('%s', async (url) => {
    expect(production.faultOf(url)).toEqual(expect.any(String));
    await expect(production.read(url)).rejects.toThrow("The URL of an issuer's document");
  });

  test.each<[string, string[]]>([
    ['a name that leads inside', ['127.0.0.1']],
    ['a name with one address inside among others', ['1.1.1.1', '127.0.0.1']],
    ['a name that leads to no address', []],
  ])('%s: the connection is never made', async (_, addresses) => {
    let connections = 0;
    const server = createTcp((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://idp.example:${(server.address() as AddressInfo).port}/keys`;
    const resolve = async () => addresses.map((address) => ({ address, family: 4 }));
    expect(production.faultOf(url)).toBeUndefined();
    await expect(createIssuerDocuments(true, resolve).read(url)).rejects.toThrow('not public');
    expect(connections).toBe(0);
    // Outside production the same name is followed: it was the address that was refused.
    if (addresses[0] === '127.0.0.1') {
      await expect(createIssuerDocuments(false, resolve).read(url)).rejects.toThrow();
      expect(connections).toBe(1);
    }
    await new Promise((close) => server.close(close));
  });
});

describe('outside production', () => {
  test('this machine is reached by HTTP, and no other', () => {
    expect(development.faultOf('http://127.0.0.1:4000/keys')).toBeUndefined();
    expect(development.faultOf('http://[::1]:4000/keys')).toBeUndefined();
    expect(development.faultOf('http://10.0.0.1/keys')).toBe('must start with https://');
    expect(development.faultOf('http://idp.example/keys')).toBe('must start with https://');
  });
});

describe('a document', () => {
  test('is the JSON at its URL', async () => {
    await using server = await serve((_, response) => void response.end('{"a":1}'));
    expect(await development.read(server.url)).toEqual({ a: 1 });
  });

  test('is not fetched from where a redirect leads', async () => {
    const paths: (string | undefined)[] = [];
    await using server = await serve((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await expect(development.read(`${server.url}/keys`)).rejects.toThrow('answered 302');
    expect(paths).toEqual(['/keys']);
  });

  test.each<[string, RequestListener, RegExp]>([
    ['is too long', (_, response) => void response.end('x'.repeat(DOCUMENT_LIMIT + 1)), /longer than/],
    ['says nothing of its length and never ends', endless, /longer than/],
    ['is HTML', (_, response) => void response.end('<!doctype html>'), /JSON/],
    [
      'is cut off',
      (_, response) => void response.writeHead(200, { 'content-length': 9 }).write('{', () => response.destroy()),
      /aborted/,
    ],
    ['is refused', (_, response) => void response.writeHead(403).end('{}'), /answered 403/],
  ])('that %s is none', async (_, listener, reason) => {
    await using server = await serve(listener);
    await expect(development.read(server.url)).rejects.toThrow(reason);
  });
});

function endless(...[, response]: Parameters<RequestListener>): void {
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(10_000)));
  };
  response.on('drain', more);
  more();
}
