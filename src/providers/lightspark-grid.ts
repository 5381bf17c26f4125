/**
 * `lightspark-grid`: contact verification of Grid's customers (https://docs.lightspark.com, API of 2025-10-13). Grid
 * sends to the address that it has of a customer, so the gateway makes sure that it is the one to be verified.
 */
import type { GridSettings } from '../kernel/config-grid.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { basic, type CallOptions, createDoor, expectJson, expectOk } from './http.js';
import type { UpstreamRef, VerificationProvider } from './provider.js';

const NAME = 'lightspark-grid';
const CHANNEL = { customText: false, senderId: false, languages: ['en'] };

export function lightsparkGridProvider(
  { baseUrl, tokenId, clientSecret }: GridSettings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });
  const authorization = basic(tokenId, clientSecret);
  const headers = { authorization };
  const withJson = { ...headers, 'content-type': 'application/json' };

  async function findCustomer({ subject, channel, recipient }: Addressed, signal: AbortSignal): Promise<string> {
    const query = new URLSearchParams({ platformCustomerId: subject.platformCustomerId, limit: '2' });
    const answer = await http.call({ method: 'GET', path: `/customers?${query}`, headers }, signal);
    const { data } = expectJson(NAME, answer);
    const [customer, ...others] = (Array.isArray(data) ? data : []) as GridCustomer[];
    const isTheirs = customer?.platformCustomerId === subject.platformCustomerId && others.length === 0;
    if (!isTheirs || typeof customer.id !== 'string')
      throw new ProviderError('FINAL', `${NAME} does not know the customer`);
    if (!isSame(contactOf(customer, channel), recipient))
      throw new ProviderError('FINAL', `${NAME} has another ${wordOf(channel)} of the customer`);
    return customer.id;
  }

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'ID',
    capabilities: {
      channels: { EMAIL: CHANNEL, SMS: CHANNEL },
      // None of them is published: codes of six digits as in the sandbox, and the defaults of the gateway.
      codeLength: { min: 6, max: 6 },
      timeoutSeconds: { min: 30, max: 600 },
      maxAttempts: { min: 1, max: 10 },
      deliveryReports: false,
      idempotent: false,
    },
    // Asked again, it sends again.
    async start(request, signal) {
      const id = await findCustomer(request, signal);
      const answer = await http.call({ method: 'POST', path: pathOf(id, request), headers }, signal);
      if (answer.status === 409)
        throw new ProviderError('FINAL', `${NAME} asks for no verification of this ${wordOf(request.channel)}`);
      expectOk(NAME, answer);
      if (answer.status !== 204) throw unreadable(NAME);
      return { providerRef: id };
    },
    async check({ code, ...ref }, signal) {
      if (ref.providerRef === undefined) return 'ENDED';
      const path = `${pathOf(ref.providerRef, ref)}/confirm`;
      const answer = await http.call(
        { method: 'POST', path, headers: withJson, body: JSON.stringify({ code }) },
        signal,
      );
      // 400 is said of a wrong code and of an expired one alike. 409: verified before, or not asked for.
      if (answer.status === 400) return 'INCORRECT';
      if (answer.status === 404 || answer.status === 409) return 'ENDED';
      const customer = expectJson(NAME, answer) as GridCustomer;
      const isVerified = customer.contactVerification?.[wordOf(ref.channel)] === 'VERIFIED';
      if (!isVerified) throw unreadable(NAME);
      // Changed at Grid's meanwhile: the code was for another address. Its documented answer leaves the number out.
      const theirs = contactOf(customer, ref.channel);
      return theirs === undefined || isSame(theirs, ref.recipient) ? 'CORRECT' : 'ENDED';
    },
    async probe(signal) {
      const { status, retryAfterSeconds } = await http.call(
        { method: 'GET', path: '/customers?limit=1', headers },
        signal,
      );
      if (status !== 200) throw faultOfStatus(NAME, status, retryAfterSeconds);
    },
    close: () => http.close(),
  };
}

interface GridCustomer {
  readonly id?: unknown;
  readonly platformCustomerId?: unknown;
  readonly email?: unknown;
  readonly phoneNumber?: unknown;
  readonly contactVerification?: Readonly<Partial<Record<'email' | 'phone', unknown>>>;
}

type Addressed = Pick<UpstreamRef, 'channel' | 'recipient' | 'subject'>;

const wordOf = (channel: UpstreamRef['channel']) => (channel === 'EMAIL' ? 'email' : 'phone');
const pathOf = (id: string, { channel }: Addressed) => `/customers/${encodeURIComponent(id)}/verify-${wordOf(channel)}`;

const contactOf = ({ email, phoneNumber }: GridCustomer, channel: UpstreamRef['channel']) =>
  (channel === 'EMAIL' ? email : phoneNumber) ?? undefined;
const isSame = (theirs: unknown, recipient: string) =>
  typeof theirs === 'string' && theirs.toLowerCase() === recipient.toLowerCase();
