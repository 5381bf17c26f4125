/** Where a webhook may lead in production, what it says, and who can check it. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Claimed } from '../../../src/events/claim.js';
import { checkedUrl } from '../../../src/events/endpoint-terms.js';
import { bodyOf, createWebhookSender } from '../../../src/events/send-webhook.js';
import { mintSecret, openSecret, sealSecret } from '../../../src/events/webhook-secret.js';
import { deriveKeyRing } from '../../../src/kernel/key-ring.js';
import { createOutside, type Outside, type OutsideCall } from '../../../src/providers/outside.js';

const webhookKeys = deriveKeyRing(['a secret of the gateway, 32 bytes or more'], 'webhook');
const place = { workspaceId: 'w', mode: 'TEST', endpointId: 'e' } as const;

function claimed(url: string, secrets: readonly string[], more: Partial<Claimed> = {}): Claimed {
  const [current, previous] = secrets.map((secret) => sealSecret(webhookKeys, place, secret));
  return {
    ...place,
    eventId: '01a1fe00-0000-7000-8000-000000000001',
    attempts: 1,
    leasedUntil: '2026-11-21T12:01:00.000Z',
    url,
    includeContacts: false,
    keyId: current?.keyId ?? '',
    sealed: current?.box ?? Buffer.alloc(0),
    previousKeyId: previous?.keyId ?? null,
    previousSealed: previous?.box ?? null,
    type: 'verification.sent',
    createdAt: '2026-11-21T12:00:00.000Z',
    data: { verificationId: 'Verification:1' },
    hasContact: true,
    contact: 'ada@example.com',
    ...more,
  };
}

/** Takes every call and keeps it. */
function outsideThatListens() {
  const calls: (OutsideCall & { url: string })[] = [];
  const outside: Outside = {
    faultOf: () => undefined,
    call: async <T>(url: string, call: OutsideCall) => {
      calls.push({ url, ...call });
      return 204 as T;
    },
  };
  return { outside, calls };
}

describe('server-side request forgery: in production no endpoint is made for', () => {
  test.each([
    'http://receiver.example/hooks',
    'https://localhost/hooks',
    'https://127.0.0.1/hooks',
    'https://127.1/hooks',
    'https://0x7f.1/hooks',
    'https://2130706433/hooks',
    'https://0/hooks',
    'https://10.1.2.3/hooks',
    'https://172.16.0.1/hooks',
    'https://192.168.0.1/hooks',
    'https://100.64.0.1/hooks',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/hooks',
    'https://[::]/hooks',
    'https://[fd00::1]/hooks',
    'https://[fe80::1]/hooks',
    'https://[::ffff:127.0.0.1]/hooks',
    'https://[64:ff9b::7f00:1]/hooks',
    'https://[2002:7f00:1::]/hooks',
    'https://user:secret@receiver.example/hooks',
    'gopher://receiver.example',
    'file:///etc/passwd',
  ])('%s', (url) => {
    expect(() => checkedUrl(createOutside(true), url)).toThrow(/^input\.url/);
  });

  test('but for a public name', () => {
    expect(checkedUrl(createOutside(true), 'https://receiver.example/hooks?key=1')).toBe(
      'https://receiver.example/hooks?key=1',
    );
  });
});

describe('DNS rebinding: a delivery is made to the address that was judged, and to no other', () => {
  test.each<[string, string[]]>([
    ['loopback', ['127.0.0.1']],
    ['a private network', ['192.168.0.1']],
    ['the metadata service of a cloud', ['169.254.169.254']],
    ['loopback of IPv6', ['::1']],
    ['a public address and loopback', ['1.1.1.1', '127.0.0.1']],
  ])('a name that leads to %s is not connected to', async (_, addresses) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://rebind.example:${(server.address() as AddressInfo).port}/hooks`;
    const resolve = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const send = createWebhookSender({ outside: createOutside(true, resolve), webhookKeys });
    expect(await send(claimed(url, [mintSecret()]))).toEqual({
      statusCode: null,
      failure: 'its host has no public address',
    });
    expect(connections).toBe(0);
    if (addresses[0] === '127.0.0.1') {
      // Outside production the same name is followed: it was the address that was refused.
      await createWebhookSender({ outside: createOutside(false, resolve), webhookKeys })(claimed(url, [mintSecret()]));
      expect(connections).toBe(1);
    }
    await new Promise((close) => server.close(close));
  });

  test('attack: names behind the gateway’s walls cannot be told from names that there are none of', async () => {
    const failureOf = async (resolve: () => Promise<{ address: string; family: number }[]>) => {
      const send = createWebhookSender({ outside: createOutside(true, resolve), webhookKeys });
      return (await send(claimed('https://postgres.internal/', [mintSecret()]))).failure;
    };
    const unknown = (code: string) => async () => Promise.reject(Object.assign(new Error('no'), { code }));
    const inside = await failureOf(async () => [{ address: '10.0.0.7', family: 4 }]);
    for (const code of ['ENOTFOUND', 'ENODATA']) expect(await failureOf(unknown(code))).toBe(inside);
  });

  test('an address that was literal when the endpoint was made in development is refused in production', async () => {
    const send = createWebhookSender({ outside: createOutside(true), webhookKeys });
    expect(await send(claimed('http://127.0.0.1:9/', [mintSecret()]))).toEqual({
      statusCode: null,
      failure: 'could not be sent',
    });
  });
});

test('attack: an endpoint that answers by changing the protocol holds no delivery, and with it the worker, for ever', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: any\r\nconnection: upgrade\r\n\r\n'),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const send = createWebhookSender({ outside: createOutside(false), webhookKeys });
  expect(await send(claimed(url, [mintSecret()]))).toEqual({ statusCode: null, failure: expect.any(String) });
  await new Promise((close) => server.close(close));
});

test('attack: an endpoint whose answer never ends is cut off, long before its time is up, and believed by its status', async () => {
  let written = 0;
  const server = createServer((socket) => {
    const chunk = Buffer.alloc(16 * 1024, 0x20);
    const more = () => {
      while (!socket.destroyed && written < 20_000_000) {
        written += chunk.length;
        if (!socket.write(chunk)) return socket.once('drain', more);
      }
      return undefined;
    };
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n');
      more();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const send = createWebhookSender({ outside: createOutside(false), webhookKeys });
  expect(await send(claimed(url, [mintSecret()]))).toEqual({ statusCode: 200, failure: null });
  expect(written).toBeLessThan(20_000_000);
  await new Promise((close) => server.close(close));
});

describe('a signature', () => {
  test('is right for the new secret and for the previous one, by the reference implementation', async () => {
    const secrets = [mintSecret(), mintSecret()];
    const { outside, calls } = outsideThatListens();
    const send = createWebhookSender({ outside, webhookKeys });
    expect(await send(claimed('https://receiver.example/', secrets))).toEqual({ statusCode: 204, failure: null });
    const { headers, body = '' } = calls[0] as OutsideCall;
    for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(mintSecret()).verify(body, headers)).toThrow();
  });

  test('a forged webhook: none is right for another body, id or time, and an old one is refused', async () => {
    const secret = mintSecret();
    const { outside, calls } = outsideThatListens();
    await createWebhookSender({ outside, webhookKeys })(claimed('https://receiver.example/', [secret]));
    await createWebhookSender({ outside, webhookKeys, clock: () => Date.now() - 600_000 })(
      claimed('https://receiver.example/', [secret]),
    );
    const [now, old] = calls as unknown as [OutsideCall, OutsideCall];
    const verify = (body: string, headers: Record<string, string>) => () => new Webhook(secret).verify(body, headers);
    const body = now.body ?? '';
    expect(verify(body, now.headers)).not.toThrow();
    expect(verify(body.replace('sent', 'verified'), now.headers)).toThrow();
    expect(verify(body, { ...now.headers, 'webhook-id': 'Event:another' })).toThrow();
    const later = String(Number(now.headers['webhook-timestamp']) + 1);
    expect(verify(body, { ...now.headers, 'webhook-timestamp': later })).toThrow();
    expect(verify(old.body ?? '', old.headers)).toThrow(/too old/);
  });
});

test("a secret that does not open, because its GATEWAY_SECRET is gone, is told as the gateway's fault and calls nobody", async () => {
  const { outside, calls } = outsideThatListens();
  const others = deriveKeyRing(['another secret of the gateway, 32 bytes or more'], 'webhook');
  const attempt = await createWebhookSender({ outside, webhookKeys: others })(
    claimed('https://receiver.example/', [mintSecret()]),
  );
  expect(attempt).toMatchObject({
    statusCode: null,
    failure: 'the gateway could not sign it',
    fault: { words: expect.stringContaining('could not be signed'), error: expect.any(Error) },
  });
  expect(calls).toEqual([]);
});

test('a previous secret that does not open is left out: deliveries are signed by the current one, and the fault is told once', async () => {
  const { outside, calls } = outsideThatListens();
  const removed = deriveKeyRing(['another secret of the gateway, 32 bytes or more'], 'webhook');
  const [current, previous] = [mintSecret(), mintSecret()];
  const { keyId, box } = sealSecret(removed, place, previous);
  const send = createWebhookSender({ outside, webhookKeys });
  const rotated = claimed('https://receiver.example/', [current], { previousKeyId: keyId, previousSealed: box });
  expect(await send(rotated)).toEqual({
    statusCode: 204,
    failure: null,
    fault: { words: expect.stringContaining('by the current one alone'), error: expect.any(Error) },
  });
  expect(await send(rotated)).toEqual({ statusCode: 204, failure: null });
  expect(calls).toHaveLength(2);
  for (const { headers, body = '' } of calls) {
    expect(new Webhook(current).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
    expect(() => new Webhook(previous).verify(body, headers as Record<string, string>)).toThrow();
  }
});

test('a secret that was copied into the row of another endpoint does not open', () => {
  const sealed = sealSecret(webhookKeys, place, mintSecret());
  expect(() => openSecret(webhookKeys, { ...place, endpointId: 'another' }, sealed)).toThrow();
  expect(openSecret(webhookKeys, place, sealed)).toMatch(/^whsec_/);
});

describe('the body', () => {
  test('is type, time and data, with the contact masked unless it is asked for', () => {
    const event = claimed('https://receiver.example/', [mintSecret()]);
    expect(JSON.parse(bodyOf(event))).toEqual({
      type: 'verification.sent',
      timestamp: '2026-11-21T12:00:00.000Z',
      data: { verificationId: 'Verification:1', contact: 'a***@example.com' },
    });
    const contactOf = (more: Partial<Claimed>) => JSON.parse(bodyOf({ ...event, ...more })).data.contact;
    expect(contactOf({ includeContacts: true })).toBe('ada@example.com');
    expect(contactOf({ contact: '+14155550123' })).toBe('+1415***23');
    expect(contactOf({ contact: null, includeContacts: true })).toBeNull();
    expect(contactOf({ contact: null, hasContact: false })).toBeUndefined();
  });
});
