/** What `transmit-security` says when it has a link mailed, and what it makes of Transmit's answers. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { FaultKind, ProviderError } from '../../src/providers/fault.js';
import type { LinkRequest } from '../../src/providers/provider.js';
import { transmitSecurityProvider } from '../../src/providers/transmit-security.js';
import { startTransmit, TRANSMIT } from '../support/vendors/transmit.js';
import { json, type Misbehavior, type VendorAnswer } from '../support/vendors/vendor.js';

const ALLOWED = 'https://verify.acme.example/l/';
const vendor = await startTransmit();
vendor.allowRedirect(ALLOWED);
const settings = { baseUrl: vendor.url, emailLinks: true };
const provider = transmitSecurityProvider(settings, { allowLoopback: true, deadlineMs: 600 });
afterAll(async () => {
  await provider.close();
  await vendor[Symbol.asyncDispose]();
});
beforeEach(() => vendor.misbehave());

let people = 0;
const subject = { platformCustomerId: 'shop/42', userToken: TRANSMIT.userToken };
function request(change: Partial<LinkRequest> = {}): LinkRequest {
  people += 1;
  const recipient = `ada${people}@example.com`;
  const url = `${ALLOWED}hunter2-token-${people}`;
  return { channel: 'EMAIL', recipient, appName: 'Acme', url, updatePrimary: false, subject, ...change };
}
const send = async (asked: LinkRequest) => provider.sendLink?.(asked, AbortSignal.timeout(5_000));

/** Has it fail, and makes sure that what is thrown tells neither link, address nor token. */
async function fault(asked: LinkRequest): Promise<ProviderError> {
  const error = await send(asked).then(
    () => expect.unreachable('it was taken'),
    (thrown: unknown) => thrown as ProviderError,
  );
  const told = JSON.stringify([error.message, error.reason, error.stack, { ...error }, error.cause ?? null]);
  for (const secret of [asked.url, 'hunter2', asked.recipient]) expect(told).not.toContain(secret);
  return error;
}

describe('U1: transmit-security has a link mailed', () => {
  test('that ends at the gateway’s, in the user’s name and with no other credential', async () => {
    const asked = request();
    await send(asked);
    expect(vendor.said.at(-1)).toEqual({ email: asked.recipient, redirect_uri: asked.url, update_primary: false });
    expect(vendor.mails.at(-1)).toMatchObject({ to: asked.recipient, redirectUri: asked.url, isSpent: false });
    const { method, path, headers } = vendor.requests.at(-1) ?? {};
    expect([method, path]).toEqual(['POST', '/v1/verification/links/email']);
    expect(headers?.authorization).toBe(`Bearer ${TRANSMIT.userToken}`);
    const known = ['accept', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent'];
    expect(Object.keys(headers ?? {}).sort()).toEqual(known);
  });

  test('with the caller’s texts, a subject, which it requires, and whether the address becomes the primary one', async () => {
    const email = { linkText: 'Go on', primaryColor: '#0a7d32', logo: { base64: 'iVBORw0K' } };
    await send(request({ email, updatePrimary: true }));
    expect(vendor.said.at(-1)).toMatchObject({
      email_content: { subject: 'Acme', linkText: 'Go on', primaryColor: '#0a7d32', base64logo: 'iVBORw0K' },
      update_primary: true,
    });
  });

  test('only with a user’s token: without one it is not asked at all', async () => {
    const asked = vendor.requests.length;
    expect(await fault(request({ subject: { platformCustomerId: 'shop/42' } }))).toMatchObject({ kind: 'FINAL' });
    expect(vendor.requests).toHaveLength(asked);
  });

  test('only where the setting says so', () => {
    const codes = transmitSecurityProvider({ ...settings, emailLinks: false }, { allowLoopback: true });
    expect(codes).not.toHaveProperty('sendLink');
    return codes.close();
  });

  test('an address that Transmit does not allow is a refusal of this send, and no outage', async () => {
    expect(await fault(request({ url: 'https://elsewhere.example/l/hunter2' }))).toMatchObject({ kind: 'FINAL' });
    await send(request());
  });

  test('a token that Transmit does not take is a refusal of this send, and no outage', async () => {
    const stranger = { ...subject, userToken: 'hunter2-stranger' };
    expect(await fault(request({ subject: stranger }))).toMatchObject({ kind: 'FINAL' });
  });

  const error = (status: number) => json(status, { error_code: 'system', message: 'No' });
  test.each<[number, FaultKind]>([
    [400, 'FINAL'],
    [401, 'FINAL'],
    [403, 'FINAL'],
    [404, 'FINAL'],
    [409, 'FINAL'],
    [429, 'RETRY'],
    [500, 'DOWN'],
    [502, 'UNCLEAR'],
    [503, 'DOWN'],
    [504, 'UNCLEAR'],
  ])('status %i is %s', async (status, kind) => {
    vendor.say(error(status) satisfies VendorAnswer);
    expect(await fault(request())).toMatchObject({ kind });
  });

  test.each<[Misbehavior, FaultKind]>([
    ['refuse', 'FINAL'],
    ['throttle', 'RETRY'],
    ['silent', 'UNCLEAR'],
    ['cut', 'UNCLEAR'],
    ['error', 'DOWN'],
    ['page', 'UNCLEAR'],
    ['huge', 'UNCLEAR'],
    ['redirect', 'DOWN'],
  ])('a vendor that does this: %s is %s, and is asked once', async (misbehavior, kind) => {
    const asked = vendor.requests.length;
    vendor.misbehave(misbehavior);
    expect(await fault(request())).toMatchObject({ kind });
    expect(vendor.requests).toHaveLength(asked + 1);
  });

  test('a refused connection is DOWN: nothing was sent', async () => {
    await vendor.close();
    expect(await fault(request())).toMatchObject({ kind: 'DOWN' });
    await vendor.open();
  });
});
