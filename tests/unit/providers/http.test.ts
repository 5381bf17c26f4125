import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from 'node:http2';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { faultOfBaseUrl } from '../../../src/kernel/outbound-url.js';
import { ANSWER_LIMIT, createDoor, expectJson, expectOk } from '../../../src/providers/http.js';
import { selfSigned } from '../../support/certificate.js';

const SECRET = 'Basic hunter2';
const resources: { close(): unknown }[] = [];
afterEach(async () => {
  await Promise.all(resources.splice(0).map((each) => each.close()));
});

async function listening(server: Server): Promise<string> {
  resources.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const serve = (listener: RequestListener) => {
  const server = createServer(listener);
  resources.push({ close: () => server.closeAllConnections() });
  return listening(server);
};
const door = (baseUrl: string, deadlineMs = 5_000) => {
  const made = createDoor({ provider: 'vendor', baseUrl, allowLoopback: true, deadlineMs });
  resources.push(made);
  return made;
};
const post = { method: 'POST', path: '/messages', headers: { authorization: SECRET }, body: 'code=314159' } as const;
type Http2Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;
/** What a failing call throws, checked to tell nothing of the request. */
const faultOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => expect.unreachable('it succeeded'),
    (thrown: unknown) => thrown as Error,
  );
  const told = JSON.stringify([error.message, error.stack, error, { ...error }, error.cause ?? null]);
  for (const secret of ['hunter2', '314159']) expect(told).not.toContain(secret);
  return error;
};

describe('U4: a call that fails says whether the message may have been taken:', () => {
  test('not where the connection is refused', async () => {
    const url = await serve(() => {});
    for (const each of resources.splice(0)) each.close();
    expect(await faultOf(door(url).call(post))).toMatchObject({
      kind: 'DOWN',
      reason: 'vendor could not be reached (ECONNREFUSED)',
    });
  });

  test('not where the name is unknown', async () => {
    const unknown = createDoor({ provider: 'vendor', baseUrl: 'https://vendor.invalid' });
    resources.push(unknown);
    expect(await faultOf(unknown.call(post))).toMatchObject({ kind: 'DOWN' });
  });

  test('perhaps where the answer does not come in time', async () => {
    const url = await serve(() => {});
    expect(await faultOf(door(url, 100).call(post))).toMatchObject({ kind: 'UNCLEAR' });
  });

  test('perhaps where the answer begins in time and never ends', async () => {
    const url = await serve((_, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(drip));
    });
    expect(await faultOf(door(url, 200).call(post))).toMatchObject({ kind: 'UNCLEAR' });
  });

  test('perhaps where the line is cut before the answer, or in the middle of it', async () => {
    const before = await listening(createSocketServer((socket) => socket.once('data', () => socket.destroy())));
    expect(await faultOf(door(before).call(post))).toMatchObject({ kind: 'UNCLEAR' });
    const middle = await listening(
      createSocketServer((socket) => {
        socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"', () => socket.destroy()),
        );
      }),
    );
    expect(await faultOf(door(middle).call(post))).toMatchObject({ kind: 'UNCLEAR' });
  });

  test('perhaps where a success cannot be read', async () => {
    const url = await serve((_, response) => response.end('<html>welcome</html>'));
    const fault = faultOf(
      door(url)
        .call(post)
        .then((answer) => expectJson('vendor', answer)),
    );
    expect(await fault).toMatchObject({ kind: 'UNCLEAR' });
  });

  test.each([
    [302, 'DOWN'],
    [400, 'FINAL'],
    [401, 'DOWN'],
    [403, 'DOWN'],
    [404, 'FINAL'],
    [408, 'DOWN'],
    [409, 'RETRY'],
    [422, 'FINAL'],
    [429, 'RETRY'],
    [500, 'DOWN'],
    [502, 'UNCLEAR'],
    [503, 'DOWN'],
    [504, 'UNCLEAR'],
  ])('by the status %d: %s', async (status, kind) => {
    const url = await serve((_, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end('314159 hunter2'),
    );
    expect(
      await faultOf(
        door(url)
          .call(post)
          .then((answer) => expectOk('vendor', answer)),
      ),
    ).toMatchObject({ kind });
  });
});

test('a call ends with its caller, long before its own deadline: a job that is given up leaves nothing under way', async () => {
  let cut = (): void => {};
  const isCut = new Promise<void>((resolve) => {
    cut = resolve;
  });
  const caller = new AbortController();
  const url = await serve((request) => {
    request.socket.once('close', cut);
    caller.abort();
  });
  expect(await faultOf(door(url, 60_000).call(post, caller.signal))).toMatchObject({ kind: 'UNCLEAR' });
  await isCut;
});

describe('over TLS', () => {
  /** Takes connections, and never says which protocol it speaks on them. */
  const silent = async () => {
    const open = new Set<{ destroy(): void }>();
    const server = createSocketServer((socket) => open.add(socket.on('error', () => {})));
    resources.push({ close: () => open.forEach((socket) => void socket.destroy()) });
    return (await listening(server)).replace('http:', 'https:');
  };

  const trusted = getCACertificates('default');
  afterEach(() => setDefaultCACertificates(trusted));
  const { pem, privateKey } = selfSigned('localhost');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  /** Speaks HTTP/2 and 1.1, with a certificate that is trusted until the test has ended. */
  const trustedServer = async (options: SecureServerOptions, listener: Http2Listener) => {
    setDefaultCACertificates([...trusted, pem]);
    const server = createSecureServer({ cert: pem, key, allowHTTP1: true, ...options }, listener);
    return (await listening(server)).replace('http://127.0.0.1', 'https://localhost');
  };

  test('no call waits for another to a vendor that takes connections and stays silent: all end by their deadline', async () => {
    const vendor = door(await silent(), 700);
    const before = performance.now();
    const ended = await Promise.all(
      Array.from({ length: 10 }, async () => {
        expect(await faultOf(vendor.call(post))).toMatchObject({ kind: 'DOWN' });
        return performance.now() - before;
      }),
    );
    expect(Math.max(...ended)).toBeLessThan(1_400);
  });

  test('a call ends with its caller before there is a connection, and nothing of it is sent once there is one', async () => {
    const handshake = Promise.withResolvers<void>();
    const seen: string[] = [];
    const url = await trustedServer(
      { SNICallback: (_, done) => void handshake.promise.then(() => done(null)) },
      ({ headers }, response) => {
        seen.push(headers['x-call'] as string);
        response.writeHead(200, { connection: 'close' }).end('{}');
      },
    );
    const vendor = door(url, 60_000);
    const caller = new AbortController();
    const given = vendor.call({ ...post, headers: { 'x-call': 'given up' } }, caller.signal);
    const patient = vendor.call({ ...post, headers: { 'x-call': 'patient' } });
    const before = performance.now();
    setTimeout(() => caller.abort(), 50);
    expect(await faultOf(given)).toMatchObject({ kind: 'DOWN' });
    expect(performance.now() - before).toBeLessThan(1_000);
    handshake.resolve();
    expect(await patient).toMatchObject({ status: 200 });
    await pause(50);
    expect(seen).toEqual(['patient']);
  });

  test('a vendor that offers HTTP/2 is called by HTTP/1.1', async () => {
    const url = await trustedServer({}, ({ httpVersion, url }, response) => {
      response.setHeader('connection', 'close');
      response.end(JSON.stringify({ httpVersion, url }));
    });
    expect((await door(url).call(post)).json).toEqual({ httpVersion: '1.1', url: '/messages' });
  });

  test('nothing is sent to one whose certificate nobody trusts', async () => {
    const seen: unknown[] = [];
    const url = await trustedServer({}, ({ url }) => void seen.push(url));
    setDefaultCACertificates(trusted);
    expect(await faultOf(door(url).call(post))).toMatchObject({ kind: 'DOWN' });
    expect(seen).toEqual([]);
  });
});

describe('a vendor cannot', () => {
  test('send the gateway, or its credentials, somewhere else: no redirect is followed', async () => {
    let visited = 0;
    const elsewhere = await serve((_, response) => response.end(String(++visited)));
    const url = await serve((_, response) => response.writeHead(307, { location: elsewhere }).end());
    expect(await door(url).call(post)).toMatchObject({ status: 307 });
    expect(visited).toBe(0);
  });

  test('fill the memory: reading stops at the limit, and the line is cut', async () => {
    let written = 0;
    const url = await serve((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const more = () => {
        while (!response.destroyed && written < 10_000_000) {
          written += chunk.length;
          if (!response.write(chunk)) return response.once('drain', more);
        }
        return response.end();
      };
      more();
    });
    expect(await faultOf(door(url).call(post))).toMatchObject({ reason: 'vendor gave an answer that is too long' });
    expect(written).toBeLessThan(10_000_000);
    const exact = await serve((_, response) => response.end('x'.repeat(ANSWER_LIMIT)));
    expect((await door(exact).call(post)).text).toHaveLength(ANSWER_LIMIT);
  });

  test('make the gateway ask twice', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(503, { 'retry-after': '0' }).end();
    });
    await door(url).call(post);
    expect(asked).toBe(1);
  });
});

test('Retry-After is read as seconds, and a date is not believed', async () => {
  const answer = async (value: string) =>
    (await door(await serve((_, response) => response.writeHead(429, { 'retry-after': value }).end())).call(post))
      .retryAfterSeconds;
  expect(await answer('17')).toBe(17);
  expect(await answer('Fri, 31 Dec 9999 23:59:59 GMT')).toBeUndefined();
});

test('a path of the base URL is kept', async () => {
  const url = await serve((request, response) => response.end(JSON.stringify({ path: request.url })));
  expect((await door(`${url}/vendor/v1/`).call(post)).json).toEqual({ path: '/vendor/v1/messages' });
});

describe('a base URL that would leak credentials is refused:', () => {
  test.each([
    ['http://vendor.example', true],
    ['http://127.0.0.1.vendor.example', true],
    ['http://10.0.0.1', true],
    ['http://127.0.0.1:8080', false],
    ['ftp://vendor.example', true],
    ['file:///etc/passwd', true],
    ['https://user:hunter2@vendor.example', true],
    ['https://user@vendor.example', true],
    ['https://vendor.example/?key=hunter2', true],
    ['https://vendor.example/#x', true],
    ['https://vendor.example?', true],
    ['vendor.example', true],
  ])('%s', (url, allowLoopback) => {
    expect(faultOfBaseUrl(url, allowLoopback)).not.toContain('hunter2');
    expect(() => createDoor({ provider: 'vendor', baseUrl: url, allowLoopback })).toThrow(
      /^The base URL of vendor must/,
    );
  });

  test.each(['http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1', 'https://vendor.example/v1'])(
    'while %s is taken outside production',
    (url) => expect(faultOfBaseUrl(url, true)).toBeUndefined(),
  );
});
