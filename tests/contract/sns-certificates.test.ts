/** Where the key comes from that a notification of SNS is checked with: the configuration, or Amazon over TLS. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/kernel/config.js';
import { createDoor } from '../../src/providers/http.js';
import { snsCallbacks } from '../../src/providers/sns-callbacks.js';
import { selfSigned } from '../support/certificate.js';
import { snsSettings } from '../support/vendors/settings.js';
import { SNS_TOPIC, snsNotification } from '../support/vendors/sns-notification.js';

const HOST = 'sns.eu-central-1.amazonaws.com';
const PATH = '/SimpleNotificationService-0123456789abcdef.pem';
const signing = selfSigned('sns.amazonaws.com');
const issuing = selfSigned('Amazon');
/** Of the server that certificates are fetched from. */
const serving = selfSigned('localhost');

const trusted = getCACertificates('default');
const asked: (string | undefined)[] = [];
let answer: { status: number; body: string; headers?: Record<string, string> };
const server: Server = createServer(
  { cert: serving.pem, key: serving.privateKey.export({ type: 'pkcs8', format: 'pem' }) },
  (request, response) => {
    asked.push(request.url);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  },
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
afterAll(() => new Promise((closed) => server.close(closed)));

beforeEach(() => {
  setDefaultCACertificates([...trusted, serving.pem]);
  asked.length = 0;
  answer = { status: 200, body: signing.pem };
});
afterEach(() => setDefaultCACertificates(trusted));

const settings = (SNS_SIGNING_CERTIFICATE?: string, topicArn = SNS_TOPIC) => {
  const { sns } = loadConfig({
    ...snsSettings(),
    SNS_TOPIC_ARN: topicArn,
    ...(SNS_SIGNING_CERTIFICATE && { SNS_SIGNING_CERTIFICATE }),
  }).providers;
  if (!sns) throw new Error('not configured');
  return { ...sns, topicArn };
};
const noDoor = createDoor({ provider: 'amazon-sns', baseUrl: 'https://sns.invalid' });
afterAll(() => noDoor.close());

/** A reader of notifications, and the hosts of Amazon that it called. */
function reader(certificate?: string, topicArn?: string) {
  const hosts: string[] = [];
  const { read } = snsCallbacks(settings(certificate, topicArn), noDoor, (host) => {
    hosts.push(host);
    return createDoor({ provider: 'amazon-sns', baseUrl: `https://localhost:${port}`, deadlineMs: 2_000 });
  });
  const readOne = (change: Record<string, string> = {}, key = signing.privateKey) =>
    read({ url: 'https://gateway.example/callbacks/amazon-sns', headers: {}, body: snsNotification(change, key) });
  return { readOne, hosts };
}
const delivered = [{ message: { providerRef: 'm1' }, status: 'DELIVERED' }];
const refused = { name: 'CallbackRefused' };
const certificateAt = (host: string, path = PATH) => ({ SigningCertURL: `https://${host}${path}` });
const madeUp = (n: number) => certificateAt(HOST, `/SimpleNotificationService-${String(n).padStart(8, '0')}.pem`);

describe('U4: amazon-sns: the certificate that is configured', () => {
  test('is the one that is used, alone or first of its chain: nothing is fetched', async () => {
    for (const pem of [signing.pem, `${signing.pem}\n${issuing.pem}\n`]) {
      const { readOne, hosts } = reader(pem);
      expect(await readOne()).toEqual(delivered);
      expect(hosts).toEqual([]);
    }
  });

  test('attack: a notification signed by another key is refused, whatever certificate it names', async () => {
    const { readOne, hosts } = reader(`${signing.pem}\n${issuing.pem}`);
    for (const SigningCertURL of [`https://${HOST}${PATH}`, 'https://evil.example/cert.pem', ''])
      await expect(readOne({ SigningCertURL }, issuing.privateKey)).rejects.toMatchObject(refused);
    expect([hosts, asked]).toEqual([[], []]);
  });
});

describe('U4: amazon-sns: without one, the certificate', () => {
  test('is fetched over TLS from the host of Amazon’s that is named, once for all notifications', async () => {
    const { readOne, hosts } = reader();
    expect(await Promise.all([readOne(), readOne()])).toEqual([delivered, delivered]);
    expect(await readOne()).toEqual(delivered);
    expect(hosts).toEqual([HOST]);
    expect(asked).toEqual([PATH]);
  });

  test('attack: of a server that nobody vouches for is not taken', async () => {
    setDefaultCACertificates(trusted);
    await expect(reader().readOne()).rejects.toMatchObject({ name: 'ProviderError' });
    expect(asked).toEqual([]);
  });

  test('is not taken from where a redirect leads, and not from an answer that is too long or none', async () => {
    const bad = [
      { status: 302, body: '', headers: { location: `https://localhost:${port}${PATH}` } },
      { status: 404, body: signing.pem },
      { status: 200, body: `${' '.repeat(70_000)}${signing.pem}` },
      { status: 200, body: '<html>hello</html>' },
    ];
    for (const one of bad) {
      answer = one;
      await expect(reader().readOne()).rejects.toThrow();
    }
    expect(asked).toHaveLength(bad.length);
  });

  test('that could not be fetched is asked for again: an outage refuses nobody for good', async () => {
    const { readOne, hosts } = reader();
    answer = { status: 503, body: '' };
    await expect(readOne()).rejects.toMatchObject({ kind: 'DOWN' });
    answer = { status: 200, body: signing.pem };
    expect(await readOne()).toEqual(delivered);
    expect(hosts).toEqual([HOST, HOST]);
  });

  test('makes no notification good that another key has signed', async () => {
    await expect(reader().readOne({}, issuing.privateKey)).rejects.toMatchObject(refused);
  });

  test('attack: of another region than the topic’s is not fetched: strangers choose no host that is called', async () => {
    const { readOne, hosts } = reader();
    for (const host of ['sns.us-east-1.amazonaws.com', 'sns.nowhere-1.amazonaws.com', `${HOST}.cn`])
      await expect(readOne(certificateAt(host))).rejects.toMatchObject(refused);
    expect(hosts).toEqual([]);
  });

  test('of a topic in China is fetched there, and nowhere else', async () => {
    const TopicArn = 'arn:aws-cn:sns:cn-north-1:123456789012:sms-status';
    const { readOne, hosts } = reader(undefined, TopicArn);
    const host = 'sns.cn-north-1.amazonaws.com.cn';
    expect(await readOne({ TopicArn, ...certificateAt(host) })).toEqual(delivered);
    await expect(readOne({ TopicArn, ...certificateAt(HOST) })).rejects.toMatchObject(refused);
    expect(hosts).toEqual([host]);
  });

  test.each([
    ['that is not there', { status: 404, body: 'no' }],
    ['that is none', { status: 200, body: '<html>hello</html>' }],
  ])('attack: %s, named by a stranger, is a refusal and no fault of the gateway', async (_, one) => {
    answer = one;
    await expect(reader().readOne(madeUp(1), issuing.privateKey)).rejects.toMatchObject(refused);
  });

  test('attack: paths that are made up, at once or one by one, push out no certificate that is known', async () => {
    const { readOne } = reader();
    await readOne();
    answer = { status: 404, body: 'no' };
    const forge = (n: number) => readOne(madeUp(n), issuing.privateKey);
    await Promise.allSettled(Array.from({ length: 20 }, (_, n) => forge(n)));
    for (let n = 20; n < 40; n += 1) await expect(forge(n)).rejects.toMatchObject(refused);
    expect(await readOne()).toEqual(delivered);
    expect(asked.filter((path) => path === PATH)).toHaveLength(1);
  });

  test('attack: a flood of paths that are made up has eight calls made at once, and the others are to come again', async () => {
    const { readOne } = reader();
    answer = { status: 404, body: 'no' };
    const ends = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => readOne(madeUp(n), issuing.privateKey)));
    const names = ends.map((end) => (end.status === 'rejected' ? (end.reason as Error).name : 'TAKEN'));
    expect(names.filter((name) => name === 'CallbackRefused')).toHaveLength(8);
    expect(names.filter((name) => name === 'ProviderError')).toHaveLength(42);
    expect(asked).toHaveLength(8);
    answer = { status: 200, body: signing.pem };
    expect(await readOne()).toEqual(delivered);
  });

  test('makes room for a ninth by the oldest alone', async () => {
    const { readOne } = reader();
    for (let n = 0; n < 9; n += 1) await readOne(madeUp(n));
    asked.length = 0;
    for (const n of [1, 8, 0]) expect(await readOne(madeUp(n))).toEqual(delivered);
    expect(asked).toEqual([new URL(madeUp(0).SigningCertURL).pathname]);
  });
});
