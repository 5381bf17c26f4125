/** A vendor that gives one answer to everything, and what a provider that holds the code makes of it: words for a table. */
import type { StartRequest, VerificationProvider } from '../../../src/providers/provider.js';
import { json, startVendor, type VendorAnswer } from './vendor.js';

export const NUMBER = '+4915123456789';
export const REQUEST: StartRequest = {
  id: 'v.0.1',
  channel: 'SMS',
  recipient: NUMBER,
  locale: 'en-US',
  codeLength: 6,
  timeoutSeconds: 90,
  maxAttempts: 3,
  appName: 'Acme',
  subject: { platformCustomerId: 'shop/42', email: 'ada@example.com', userToken: 'user-token-hunter2' },
};

export const soon = (): AbortSignal => AbortSignal.timeout(5_000);

/** A result, or the kind of the fault with how long to wait. */
export const outcomeOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.catch((error: { kind?: string; retryAfterSeconds?: number }) =>
    error.retryAfterSeconds === undefined ? error.kind : `${error.kind} ${error.retryAfterSeconds}`,
  );

/** Each call of the provider's, about one verification whose id at the vendor's is `ref`. */
function outcomesOf(provider: VerificationProvider) {
  const guess = { ...REQUEST, providerRef: 'ref', code: '314159', updatePrimary: false };
  const ref = { providerRef: 'ref', channel: 'SMS', recipient: NUMBER, subject: REQUEST.subject } as const;
  return {
    started: () => outcomeOf(provider.start(REQUEST, soon())),
    checked: () => outcomeOf(provider.check(guess, soon())),
    canceled: () => outcomeOf(provider.cancel?.(ref, soon()) ?? Promise.resolve('cannot')),
    probed: () => outcomeOf(provider.probe(soon())),
  };
}

/** A vendor for providers that are closed with it. */
export async function startAnswering() {
  const nothing = json(200, {});
  const vendor = await startVendor({ answer: () => nothing, refusal: nothing, throttled: nothing });
  const closing: (() => Promise<void>)[] = [() => vendor.close()];
  return {
    vendor,
    kept<Made extends { close(): Promise<void> }>(made: Made): Made {
      closing.push(() => made.close());
      return made;
    },
    says(provider: VerificationProvider, answer: VendorAnswer) {
      vendor.say(answer);
      return outcomesOf(provider);
    },
    close: () => Promise.all(closing.map((each) => each())),
  };
}
