/** Credentials that the SDK of Amazon finds by itself: those of a role, for the token of a pod (IRSA). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { amazonSnsProvider } from '../../src/providers/amazon-sns.js';
import type { DeliveryProvider } from '../../src/providers/provider.js';
import { snsHandler } from '../../src/providers/sns-handler.js';
import { SNS, startSns } from '../support/vendors/sns.js';
import { startVendor, type VendorAnswer } from '../support/vendors/vendor.js';

const TOKEN = 'eyJ.web-identity-hunter2.sig';
const ROLE = 'arn:aws:iam::123456789012:role/gateway';
const MESSAGE = {
  id: 'v.0.1',
  channel: 'SMS',
  recipient: '+4915123456789',
  senderName: 'Acme',
  subject: '',
  text: '314159',
} as const;

const xml = (status: number, body: string): VendorAnswer => ({ status, headers: { 'content-type': 'text/xml' }, body });
const XMLNS = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';
const GRANTED = xml(
  200,
  `<AssumeRoleWithWebIdentityResponse ${XMLNS}><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${SNS.accessKeyId}</AccessKeyId><SecretAccessKey>${SNS.secretAccessKey}</SecretAccessKey><SessionToken>session-hunter2</SessionToken><Expiration>2049-12-31T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
);
const REFUSED = xml(
  400,
  `<ErrorResponse ${XMLNS}><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>${TOKEN} is none</Message></Error></ErrorResponse>`,
);

const folder = mkdtempSync(join(tmpdir(), 'gateway-sns-'));
writeFileSync(join(folder, 'token'), TOKEN);
const sns = await startSns();
const sts = await startVendor({ answer: () => GRANTED, refusal: REFUSED, throttled: REFUSED });
afterAll(async () => {
  await Promise.all([sns.close(), sts.close()]);
  rmSync(folder, { recursive: true });
});

let provider: DeliveryProvider;
beforeEach(async () => {
  const nowhere = join(folder, 'none');
  const env = {
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
    AWS_ROLE_ARN: ROLE,
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    AWS_PROFILE: undefined,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const settings = { baseUrl: sns.url, region: SNS.region, credentials: undefined };
  provider = await amazonSnsProvider(
    { ...settings, topicArn: undefined, signingCertificate: undefined },
    { allowLoopback: true, deadlineMs: 1_000 },
  );
});
afterEach(async () => {
  await provider.close();
  vi.unstubAllEnvs();
  sts.misbehave();
});

const deliver = (signal = AbortSignal.timeout(10_000)) => provider.deliver(MESSAGE, signal);
const asked = () => sns.requests.length;

test('the token of a web identity goes to STS alone: SNS sees signed calls, by the credentials of the role', async () => {
  expect(await deliver()).toMatchObject({ status: 'SENT' });
  await provider.probe(AbortSignal.timeout(5_000));
  expect(sts.requests.map(({ body }) => new URLSearchParams(body.toString()).get('Action'))).toEqual([
    'AssumeRoleWithWebIdentity',
  ]);
  expect(sts.requests[0]?.body.toString()).toContain(TOKEN);
  expect(sns.requests.map(({ body }) => new URLSearchParams(body.toString()).get('Action'))).toEqual([
    'Publish',
    'GetSMSAttributes',
  ]);
  for (const { headers, body } of sns.requests) {
    expect(headers.authorization).toContain(`Credential=${SNS.accessKeyId}/`);
    expect(headers['x-amz-security-token']).toBe('session-hunter2');
    expect(body.toString()).not.toContain(TOKEN);
  }
});

test.each(['refuse', 'silent', 'error', 'page'] as const)(
  'where STS is asked in vain (%s), the provider is down by its deadline and another takes over: nothing has reached SNS',
  async (misbehavior) => {
    sts.misbehave(misbehavior);
    const before = asked();
    const since = performance.now();
    const fault = await deliver().catch((error: unknown) => error);
    expect(fault).toMatchObject({ kind: 'DOWN', reason: 'amazon-sns could not be called: there are no credentials' });
    expect(performance.now() - since).toBeLessThan(2_500);
    expect(JSON.stringify([fault, (fault as Error).cause ?? null])).not.toContain('hunter2');
    await expect(provider.probe(AbortSignal.timeout(5_000))).rejects.toMatchObject({ kind: 'DOWN' });
    expect(asked()).toBe(before);
    sts.misbehave();
    expect(await deliver()).toMatchObject({ status: 'SENT' });
  },
);

test('a call ends with its caller while STS is silent', async () => {
  sts.misbehave('silent');
  await expect(deliver(AbortSignal.timeout(50))).rejects.toMatchObject({ kind: 'DOWN' });
});

test('a token that cannot be read is no fault of the message', async () => {
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'none'));
  await expect(deliver()).rejects.toMatchObject({ kind: 'DOWN' });
});

test.each(['https://sts.eu-central-1.amazonaws.com', 'http://sns.example', 'https://sns.example:8443'])(
  'what the SDK means for %s is not sent to SNS: it can be a token',
  async (url) => {
    const call = vi.fn();
    const handler = snsHandler('amazon-sns', { call, close: async () => {} }, 'https://sns.example');
    const { protocol, hostname, port } = new URL(url);
    const request = { protocol, hostname, port: port ? Number(port) : undefined };
    const sent = { ...request, method: 'POST', path: '/', query: {}, headers: {}, body: TOKEN };
    await expect(handler.handle(sent as never)).rejects.toMatchObject({ kind: 'DOWN' });
    expect(call).not.toHaveBeenCalled();
  },
);
