/** What Twilio reports, signed as https://www.twilio.com/docs/usage/security says. */
import { type CallbackReader, CallbackRefused, type DeliveryReport } from './callback.js';
import { hmac, isSignature } from './signature.js';

/** Of messages (`MessageStatus`) and of calls (`CallStatus`); others are on the way. */
const STATUSES: Readonly<Record<string, DeliveryReport['status']>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'DELIVERED',
  undelivered: 'FAILED',
  failed: 'FAILED',
  canceled: 'FAILED',
  completed: 'DELIVERED',
  busy: 'FAILED',
  'no-answer': 'FAILED',
};

const AUTHORITY = /^(https?):\/\/([^/?#]*?)(:\d+)?(?=[/?#]|$)/;

/** With and without a port: the validators of Twilio's own SDKs take both, because Twilio signs now one, now the other. */
function spellingsOf(url: string): string[] {
  const [authority = '', scheme, host = '', port = scheme === 'http' ? ':80' : ':443'] = AUTHORITY.exec(url) ?? [];
  const rest = url.slice(authority.length);
  return [`${scheme}://${host}${rest}`, `${scheme}://${host}${port}${rest}`];
}

/** Twilio signs the URL that it was given, query included, and so the reference in it. */
export function twilioCallbacks(authToken: string): CallbackReader {
  return {
    async read({ url, headers, body }) {
      const form = [...new URLSearchParams(body.toString('utf8'))];
      const signed = form.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
      const parts = signed.map(([name, value]) => `${name}${value}`);
      const signature = headers['x-twilio-signature'] ?? '';
      if (!spellingsOf(url).some((each) => isSignature(signature, hmac('sha1', authToken, each, ...parts))))
        throw new CallbackRefused('the signature is wrong');
      const fields = Object.fromEntries(form);
      const status = STATUSES[fields['MessageStatus'] ?? fields['CallStatus'] ?? ''];
      const reference = new URL(url).searchParams.get('message');
      if (!status || !reference) return [];
      const code = /^\d{1,6}$/.exec(fields['ErrorCode'] ?? '')?.[0];
      const reason = `twilio-messaging could not deliver it${code ? ` (${code})` : ''}`;
      return [{ message: { reference }, status, ...(status === 'FAILED' && { reason }) }];
    },
  };
}
