/**
 * `twilio-messaging`: text messages and WhatsApp by Twilio's Messages API, calls by its Calls API (version
 * 2010-04-01). Neither knows idempotency: a message whose answer is lost may come twice, with the same code.
 */

import type { TwilioSettings } from '../kernel/config-twilio.js';
import { languageIn } from '../kernel/region.js';
import { OWN_CODE } from './capabilities.js';
import { ProviderError } from './fault.js';
import { basic, type CallOptions, createDoor, expectJson, expectOk, type HttpAnswer } from './http.js';
import type { Delivery, DeliveryProvider, OutboundMessage } from './provider.js';
import { twilioCallbacks } from './twilio-callbacks.js';
import { speechOf } from './twilio-speech.js';

const NAME = 'twilio-messaging';
const ANY = { customText: true, senderId: true, languages: 'ANY' } as const;

export function twilioMessagingProvider(
  settings: TwilioSettings,
  door: CallOptions,
  /** Where Twilio posts what became of a message: `<public URL>/callbacks/twilio-messaging`. */
  callbackUrl: string,
): DeliveryProvider {
  const { accountSid, authToken, messaging, whatsapp, voice } = settings;
  const http = createDoor({ provider: NAME, baseUrl: settings.baseUrl, ...door });
  const account = `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}`;
  const authorization = basic(accountSid, authToken);

  async function create(resource: 'Messages' | 'Calls', form: Fields, signal: AbortSignal): Promise<Delivery> {
    const body = new URLSearchParams(present(form)).toString();
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await http.call({ method: 'POST', path: `${account}/${resource}.json`, headers, body }, signal);
    const { sid } = expectJson(NAME, refuseByCode(answer));
    return { status: 'SENT', ...(typeof sid === 'string' && { providerRef: sid }) };
  }

  return {
    name: NAME,
    mode: 'LIVE',
    custody: 'GATEWAY',
    capabilities: {
      ...OWN_CODE,
      channels: {
        ...(messaging && { SMS: ANY }),
        ...(whatsapp && { WHATSAPP: { customText: false, senderId: false, languages: Object.keys(whatsapp.content) } }),
        ...(voice && { VOICE: { ...ANY, senderId: false } }),
      },
      deliveryReports: true,
      idempotent: false,
    },
    callbacks: twilioCallbacks(authToken),
    deliver(message, signal) {
      const { channel, recipient, reference, senderId } = message;
      const report = reference && `${callbackUrl}?message=${encodeURIComponent(reference)}`;
      if (channel === 'VOICE') {
        const events = report && { StatusCallbackEvent: 'completed' };
        const form = { To: recipient, From: voice?.from, Twiml: speechOf(message), StatusCallback: report, ...events };
        return create('Calls', form, signal);
      }
      if (channel === 'WHATSAPP') {
        const template = whatsapp && contentOf(whatsapp.content, message);
        const form = { To: `whatsapp:${recipient}`, From: `whatsapp:${whatsapp?.from}`, ...template };
        return create('Messages', { ...form, StatusCallback: report }, signal);
      }
      const { from, serviceSid } = messaging ?? {};
      const sender = senderId ? { From: senderId } : { From: from, MessagingServiceSid: serviceSid };
      return create('Messages', { To: recipient, ...sender, Body: message.text, StatusCallback: report }, signal);
    },
    async probe(signal) {
      expectOk(NAME, await http.call({ method: 'GET', path: `${account}.json`, headers: { authorization } }, signal));
    },
    close: () => http.close(),
  };
}

type Fields = Readonly<Record<string, string | undefined>>;

const present = (fields: Fields): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** The template in the message's language, else the first that is configured; its variable 1 is the code. */
function contentOf(content: Readonly<Record<string, string>>, { language, locale, code = '' }: OutboundMessage) {
  const spoken = locale ? languageIn(locale) : (language ?? '');
  return { ContentSid: content[spoken] ?? Object.values(content)[0], ContentVariables: JSON.stringify({ 1: code }) };
}

/**
 * Codes that mean something else than the status they come with (https://www.twilio.com/docs/api/errors).
 * 14107 and 20429: too many requests. 21408: the account may not send to this region. 21610: the
 * recipient said STOP to this sender. 63018, 63038: the sender's rate or daily limit.
 */
const KINDS: Readonly<Record<number, ProviderError['kind']>> = {
  14107: 'RETRY',
  20429: 'RETRY',
  21408: 'FINAL',
  21610: 'FINAL',
  63018: 'RETRY',
  63038: 'RETRY',
};

function refuseByCode(answer: HttpAnswer): HttpAnswer {
  const code = answer.json?.['code'];
  if (answer.status < 400 || typeof code !== 'number') return answer;
  const kind = KINDS[code] ?? (answer.status === 400 ? 'FINAL' : undefined);
  if (!kind) return answer;
  throw new ProviderError(kind, `${NAME} refused the message (${code})`, undefined, answer.retryAfterSeconds);
}
