/**
 * `transmit-security`: codes and links of the Verification API
 * (https://developer.transmitsecurity.com/openapi/user/verification.openapi). Every call speaks for a logged-in user,
 * whose token the gateway passes on. What came of its link is told to the redirect URI only, in a parameter `result`
 * that anybody can write: it is never believed. The redirect URI is the gateway's own link, and that is the proof.
 */
import type { TransmitSettings } from '../kernel/config-transmit.js';
import { faultOfStatus, ProviderError, unreadable } from './fault.js';
import { type CallOptions, createDoor, expectJson, type HttpAnswer } from './http.js';
import type { EmailTexts, LinkRequest, StartRequest, Subject, UpstreamRef, VerificationProvider } from './provider.js';

const NAME = 'transmit-security';
/** The vendor takes no locale. */
const LANGUAGES = ['en'];

export function transmitSecurityProvider(
  { baseUrl, emailLinks }: TransmitSettings,
  door: CallOptions,
): VerificationProvider {
  const http = createDoor({ provider: NAME, baseUrl, ...door });

  async function post(path: string, { userToken }: Subject, body: object, signal: AbortSignal): Promise<HttpAnswer> {
    if (userToken === undefined) throw new ProviderError('FINAL', `${NAME} needs the user's token`);
    const headers = { authorization: `Bearer ${userToken}`, 'content-type': 'application/json' };
    const request = {
      method: 'POST',
      path: `/v1/verification${path}`,
      headers,
      body: JSON.stringify(body),
    } as const;
    const answer = await http.call(request, signal);
    // The token is one user's: taken for the gateway's own credentials, it would open the circuit for everybody.
    if (answer.status === 401 || answer.status === 403)
      throw new ProviderError('FINAL', `${NAME} refused the token of the user`);
    return answer;
  }

  /** @throws {ProviderError} unless the message was taken */
  async function send(path: string, { channel, subject }: Sending, body: object, signal: AbortSignal): Promise<void> {
    const answer = await post(path, subject, body, signal);
    if (answer.status === 404) throw new ProviderError('FINAL', `${NAME} does not know the user`);
    if (answer.status === 409)
      throw new ProviderError('FINAL', `${NAME} says that this ${channel === 'EMAIL' ? 'email' : 'number'} is taken`);
    expectJson(NAME, answer);
  }

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'PROVIDER',
    knownBy: 'RECIPIENT',
    capabilities: {
      channels: {
        EMAIL: { customText: true, senderId: false, languages: LANGUAGES },
        SMS: { customText: true, senderId: true, languages: LANGUAGES },
      },
      // Neither is published: the defaults of the gateway.
      codeLength: { min: 6, max: 6 },
      timeoutSeconds: { min: 30, max: 600 },
      maxAttempts: { min: 1, max: 10 },
      deliveryReports: false,
      idempotent: false,
      needs: ['userToken'],
    },
    async start(request, signal) {
      await send(`/otp/${pathOf(request)}/send`, request, sendingOf(request), signal);
      return {};
    },
    ...(emailLinks && {
      sendLink: (request: LinkRequest, signal: AbortSignal) =>
        send('/links/email', request, linkingOf(request), signal),
    }),
    async check({ code, updatePrimary, ...ref }, signal) {
      const guess = { ...contactOf(ref), passcode: code, update_primary: updatePrimary };
      const answer = await post(`/otp/${pathOf(ref)}/validate`, ref.subject, guess, signal);
      // Verified before, somebody else's, or never sent.
      if (answer.status === 404 || answer.status === 409) return 'ENDED';
      if (answer.status === 400) return answer.json?.['error_code'] === EXPIRED ? 'ENDED' : 'INCORRECT';
      const { result } = expectJson(NAME, answer);
      if (typeof result !== 'boolean') throw unreadable(NAME);
      return result ? 'CORRECT' : 'INCORRECT';
    },
    async probe(signal) {
      // Nothing can be asked without a user: that somebody there asks for a token is what can be known.
      const { status, retryAfterSeconds } = await http.call(
        { method: 'POST', path: '/v1/verification/otp/email/validate', body: '{}' },
        signal,
      );
      if (status !== 400 && status !== 401 && status !== 403) throw faultOfStatus(NAME, status, retryAfterSeconds);
    },
    close: () => http.close(),
  };
}

const EXPIRED = 'auth_otp_passcode_expired';

type Sending = Pick<StartRequest, 'channel' | 'subject'>;
type Addressed = Pick<UpstreamRef, 'channel' | 'recipient'>;

const pathOf = ({ channel }: Addressed) => (channel === 'EMAIL' ? 'email' : 'sms');
const contactOf = ({ channel, recipient }: Addressed) =>
  channel === 'EMAIL' ? { email: recipient } : { phone_number: recipient };

function sendingOf(request: StartRequest) {
  const { customMessage, senderId, email } = request;
  return {
    ...contactOf(request),
    ...(customMessage !== undefined && { custom_message: customMessage }),
    ...(senderId !== undefined && { sender_id: senderId }),
    ...(email && { email_content: contentOf(email, request.appName) }),
  };
}

const linkingOf = ({ recipient, appName, email, url, updatePrimary }: LinkRequest) => ({
  email: recipient,
  redirect_uri: url,
  ...(email && { email_content: contentOf(email, appName) }),
  update_primary: updatePrimary,
});

/** The subject is required there. */
function contentOf({ subject, logo, ...texts }: EmailTexts, appName: string) {
  const { primaryColor, headerText, bodyText, linkText, infoText, footerText, senderName } = texts;
  const words = {
    subject: subject ?? appName,
    primaryColor,
    headerText,
    bodyText,
    linkText,
    infoText,
    footerText,
    senderName,
  };
  return { ...words, base64logo: logo?.base64 };
}
