/** A client cannot choose the address that its limits are counted by. */
import { afterAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/harness.js';

// viewer is limited by key and address; its limit of 6,000 scaled down to 3.
const env = { GATEWAY_LIMIT_SCALE: '0.0005' };
const direct = await startGateway({ env, work: false });
const proxied = await startGateway({ env: { ...env, TRUSTED_PROXIES: '127.0.0.1/32' }, work: false });
afterAll(async () => {
  await direct[Symbol.asyncDispose]();
  await proxied[Symbol.asyncDispose]();
});

/** How many of these requests of one key pass. */
async function passed(gateway: TestGateway, requests: Record<string, string>[]): Promise<number> {
  const { test: caller } = await gateway.workspace();
  const answers = await Promise.all(requests.map((headers) => caller.query('{ viewer { mode } }', {}, { headers })));
  for (const { body } of answers) if (body.errors) expect(body.errors[0]?.extensions.code).toBe('RATE_LIMITED');
  return answers.filter(({ body }) => body.data?.['viewer']).length;
}

const addresses = Array.from({ length: 12 }, (_, index) => `198.51.100.${index + 1}`);

describe('without trusted proxies', () => {
  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'true-client-ip', 'x-client-ip'])(
    'a forged %s opens no further bucket',
    async (header) => {
      const value = (address: string) => (header === 'forwarded' ? `for=${address}` : address);
      expect(
        await passed(
          direct,
          addresses.map((address) => ({ [header]: value(address) })),
        ),
      ).toBe(3);
    },
  );
});

describe('behind a trusted proxy', () => {
  test('every client has a bucket of its own', async () => {
    expect(
      await passed(
        proxied,
        addresses.map((address) => ({ 'x-forwarded-for': address })),
      ),
    ).toBe(12);
  });

  test('what a client wrote before the proxy wrote does not count', async () => {
    const forged = addresses.map((address) => ({ 'x-forwarded-for': `${address}, 203.0.113.9` }));
    expect(await passed(proxied, forged)).toBe(3);
  });

  test('attack: a limit never filled by a connection for each request, where the proxy writes the port of each', async () => {
    const ports = (written: (port: number) => string) =>
      addresses.map((_, index) => ({ 'x-forwarded-for': written(49_152 + index) }));
    expect(
      await passed(
        proxied,
        ports((port) => `203.0.113.9:${port}`),
      ),
    ).toBe(3);
    expect(
      await passed(
        proxied,
        ports((port) => `[2001:db8:7:8::9]:${port}`),
      ),
    ).toBe(3);
    expect(
      await passed(
        proxied,
        ports((port) => `no address ${port}`),
      ),
    ).toBe(3);
  });

  test('a trusted proxy is one with its port too: the client before it counts', async () => {
    const chain = addresses.map((address) => ({ 'x-forwarded-for': `${address}:49152, 127.0.0.1:80` }));
    expect(await passed(proxied, chain)).toBe(12);
  });

  test('all addresses of an IPv6 /64 are one client', async () => {
    const own = addresses.map((_, index) => ({ 'x-forwarded-for': `2001:db8:1:2::${index + 1}` }));
    expect(await passed(proxied, own)).toBe(3);
    const others = addresses.map((_, index) => ({ 'x-forwarded-for': `2001:db8:1:${index + 1}::1` }));
    expect(await passed(proxied, others)).toBe(12);
  });
});
