/** What every provider that holds the code does, whoever its vendor is. Run it against a new one before it is used. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../src/entities/verification-step.js';
import type { FaultKind, ProviderError } from '../../src/providers/fault.js';
import type { CheckResult, StartRequest, VerificationProvider } from '../../src/providers/provider.js';
import type { Misbehavior, Vendor } from '../support/vendors/vendor.js';

/** The vendor behind the provider, as far as the suite looks at it. */
export interface VendorOfCodes extends Vendor {
  readonly book: {
    readonly sent: readonly { readonly to: string; readonly code: string; readonly maxAttempts: number }[];
    expire(): void;
  };
}

export interface VerificationSubject {
  readonly name: string;
  readonly channel: Channel;
  readonly recipient: string;
  /** Whom the vendor says that it sent to, where that is not the recipient. */
  readonly sentTo?: string;
  /** Who is verified; known to the vendor once it was started. */
  readonly subject: StartRequest['subject'];
  /** Nothing of these may be told. */
  readonly secrets: readonly string[];
  start(): Promise<VendorOfCodes>;
  /** @param rightly whether with the right credentials; vendors that take a user's are given a wrong one of those */
  provider(vendor: VendorOfCodes, deadlineMs: number, rightly: boolean): VerificationProvider;
  /** How the vendor's words must be understood, where they differ from others'. */
  readonly understood?: {
    readonly misbehavior?: Partial<Record<Misbehavior, FaultKind>>;
    readonly unauthorized?: FaultKind;
    readonly expired?: CheckResult;
    readonly repeated?: CheckResult;
    /** False where throttling may be about one recipient, for whom nobody else is to wait. */
    readonly waits?: false;
    /** Of a verification that it never heard of. */
    readonly unknown?: CheckResult;
  };
}

const UNDERSTOOD: Record<Misbehavior, FaultKind> = {
  refuse: 'FINAL',
  throttle: 'RETRY',
  silent: 'UNCLEAR',
  cut: 'UNCLEAR',
  error: 'DOWN',
  page: 'UNCLEAR',
  huge: 'UNCLEAR',
  redirect: 'DOWN',
};
const WEATHER = Object.keys(UNDERSTOOD) as Misbehavior[];
const DEADLINE_MS = 600;

/** Which providers the suite was run against. */
export const describedNames = new Set<string>();

export function describeVerificationProvider(subject: VerificationSubject): void {
  describedNames.add(subject.name);
  const { channel, recipient, understood = {} } = subject;

  describe(`U1: ${subject.name} (${channel})`, () => {
    let vendor: VendorOfCodes;
    let provider: VerificationProvider;
    beforeEach(async () => {
      vendor = await subject.start();
      provider = subject.provider(vendor, DEADLINE_MS, true);
    });
    afterEach(async () => {
      await provider.close();
      await vendor[Symbol.asyncDispose]();
    });

    const signal = () => AbortSignal.timeout(10_000);
    const request = (): StartRequest => {
      const { codeLength, timeoutSeconds, maxAttempts } = provider.capabilities;
      return {
        id: '018f2c7e-1234-7abc-8def-0123456789ab.0.1',
        channel,
        recipient,
        locale: 'en-US',
        codeLength: codeLength.min,
        timeoutSeconds: Math.min(600, timeoutSeconds.max),
        maxAttempts: Math.min(3, maxAttempts.max),
        appName: 'Acme',
        subject: subject.subject,
      };
    };
    const start = () => provider.start(request(), signal());
    const check = (code: string, providerRef?: string) =>
      provider.check(
        { providerRef, channel, recipient, subject: subject.subject, code, updatePrimary: false },
        signal(),
      );
    const codeSent = () => vendor.book.sent.at(-1)?.code ?? '';
    const wrong = () => codeSent().replace(/./g, (digit) => String((Number(digit) + 1) % 10));
    /** A fault, which tells neither a code, nor the recipient, nor a secret. */
    const fault = async (asked: Promise<unknown>): Promise<ProviderError> => {
      const error = await asked.then(
        (answer) => expect.unreachable(`it was taken: ${JSON.stringify(answer)}`),
        (thrown: unknown) => thrown as ProviderError,
      );
      expect(error.name).toBe('ProviderError');
      const told = JSON.stringify([error.message, error.reason, error.stack, { ...error }, error.cause ?? null]);
      for (const secret of [...subject.secrets, recipient, codeSent()].filter(Boolean))
        expect(told).not.toContain(secret);
      return error;
    };

    test('is named as the settings name it, sends by the channel and holds the code', () => {
      expect(provider).toMatchObject({ name: subject.name, custody: 'PROVIDER', mode: 'LIVE' });
      expect(provider.capabilities.channels[channel]).toBeDefined();
    });

    test('has one code sent to the one recipient, and tells no more of it than a name', async () => {
      const started = await start();
      expect(vendor.book.sent.map(({ to }) => to)).toEqual([subject.sentTo ?? recipient]);
      expect(started.providerRef?.length ?? 0).toBeLessThanOrEqual(100);
      if (provider.knownBy === 'ID') expect(started.providerRef).toMatch(/./);
      expect(JSON.stringify(started)).not.toContain(codeSent());
    });

    test('a wrong guess is INCORRECT, and the right one after it is CORRECT', async () => {
      const { providerRef } = await start();
      expect(await check(wrong(), providerRef)).toBe('INCORRECT');
      expect(await check(codeSent(), providerRef)).toBe('CORRECT');
    });

    test('a code is good once', async () => {
      const { providerRef } = await start();
      await check(codeSent(), providerRef);
      expect(await check(codeSent(), providerRef)).toBe(understood.repeated ?? 'ENDED');
    });

    test('after its time the right code is not', async () => {
      const { providerRef } = await start();
      vendor.book.expire();
      expect(await check(codeSent(), providerRef)).toBe(understood.expired ?? 'ENDED');
    });

    test('nor after the vendor’s own attempts are spent, where it has such a limit', async () => {
      const { providerRef } = await start();
      const { maxAttempts = 0 } = vendor.book.sent[0] ?? {};
      if (!Number.isFinite(maxAttempts)) return;
      for (let guess = 1; guess < maxAttempts; guess += 1) expect(await check(wrong(), providerRef)).toBe('INCORRECT');
      await check(wrong(), providerRef);
      expect(await check(codeSent(), providerRef)).toBe('ENDED');
    });

    test('a verification that the vendor does not know takes no guess', async () => {
      const unknown = provider.knownBy === 'ID' ? '00000000-0000-4000-8000-000000000000' : undefined;
      expect(await check('000000', unknown)).toBe(understood.unknown ?? 'ENDED');
    });

    test('sent again, the newest code is good', async () => {
      const { providerRef } = await start();
      const again = provider.resend
        ? await provider.resend({ ...request(), providerRef, position: 0 }, signal())
        : await provider.start(request(), signal());
      expect(await check(codeSent(), again.providerRef ?? providerRef)).toBe('CORRECT');
    });

    test('canceled, where that can be done, it takes no guess', async () => {
      if (!provider.cancel) return;
      const { providerRef } = await start();
      const ref = { providerRef, channel, recipient, subject: subject.subject };
      await provider.cancel(ref, signal());
      expect(await check(codeSent(), providerRef)).toBe('ENDED');
      await provider.cancel(ref, signal());
    });

    test.each(WEATHER)('understands, asked to send, a vendor that does this: %s', async (misbehavior) => {
      vendor.misbehave(misbehavior);
      const { kind } = await fault(start());
      expect(kind).toBe({ ...UNDERSTOOD, ...understood.misbehavior }[misbehavior]);
      expect(vendor.requests, 'it is asked once: the queue repeats, nobody else').toHaveLength(1);
      vendor.misbehave();
      expect(vendor.book.sent).toEqual([]);
    });

    test.each(WEATHER.filter((each) => each !== 'refuse'))(
      'takes for no answer about a guess what a vendor says that does this: %s',
      async (misbehavior) => {
        const { providerRef } = await start();
        vendor.misbehave(misbehavior);
        expect((await fault(check(codeSent(), providerRef))).kind).toBe(UNDERSTOOD[misbehavior]);
        vendor.misbehave();
        expect(await check(codeSent(), providerRef)).toBe('CORRECT');
      },
    );

    test('passes on for how long the vendor wants to be left alone, where that is about everybody', async () => {
      vendor.misbehave('throttle');
      const retryAfterSeconds = understood.waits === false ? undefined : 7;
      expect(await fault(start())).toMatchObject({ kind: 'RETRY', retryAfterSeconds });
      expect(await fault(check('000000', 'any'))).toMatchObject({ kind: 'RETRY', retryAfterSeconds });
    });

    test('takes no longer than its deadline', async () => {
      vendor.misbehave('silent');
      const started = performance.now();
      await fault(start());
      expect(performance.now() - started).toBeLessThan(10 * DEADLINE_MS);
    });

    test('knows that nothing was sent where the connection is refused', async () => {
      await vendor.close();
      expect(await fault(start())).toMatchObject({ kind: 'DOWN' });
      expect(await fault(check('000000', 'any'))).toMatchObject({ kind: 'DOWN' });
    });

    test('says that its credentials are refused', async () => {
      const { providerRef } = await start();
      await provider.close();
      provider = subject.provider(vendor, DEADLINE_MS, false);
      const kind = understood.unauthorized ?? 'DOWN';
      expect(await fault(start())).toMatchObject({ kind });
      expect(await fault(check(codeSent(), providerRef))).toMatchObject({ kind });
      expect(vendor.book.sent).toHaveLength(1);
    });

    test('can be asked whether it works, and sends nothing then', async () => {
      await provider.probe(signal());
      expect(vendor.book.sent).toEqual([]);
      vendor.misbehave('error');
      await expect(provider.probe(signal())).rejects.toMatchObject({ kind: 'DOWN' });
    });
  });
}
