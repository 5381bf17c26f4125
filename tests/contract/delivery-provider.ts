/** What every provider that carries a code does, whoever its vendor is. Run it against a new one before it is used. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../src/entities/verification-step.js';
import type { FaultKind, ProviderError } from '../../src/providers/fault.js';
import type { DeliveryProvider, OutboundMessage } from '../../src/providers/provider.js';
import type { Misbehavior, Vendor } from '../support/vendors/vendor.js';

/** What the vendor holds of a message. */
export interface Received {
  readonly to: string;
  readonly text: string;
}

export interface ContractSubject {
  readonly name: string;
  readonly channel: Channel;
  readonly recipient: string;
  /** Secrets that the provider is configured with. */
  readonly secrets: readonly string[];
  start(): Promise<Running>;
  /** How the vendor's misbehavior must be understood, where that differs from other vendors. */
  readonly understood?: Partial<Record<Misbehavior, FaultKind>>;
  /** Whether a vendor that throttles says for how long; true unless said otherwise. */
  readonly saysHowLong?: boolean;
}

export interface Running {
  readonly vendor: Pick<Vendor, 'misbehave' | 'close'> & AsyncDisposable;
  readonly received: () => readonly Received[];
  /** How often the vendor was asked. */
  readonly asked: () => number;
  /** @param deadlineMs for every call @param rightly whether with the right credentials */
  provider(deadlineMs: number, rightly: boolean): Promise<DeliveryProvider>;
}

/** Misbehavior that every HTTP vendor can show, and what it means for the message. */
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

/** Of tests in which nothing should take that long, and of those that wait for it. */
const PATIENT_MS = 15_000;
const DEADLINE_MS = 1_500;
const CODE = '314159';

/** Which providers the suite was run against. */
export const describedNames = new Set<string>();

export function describeDeliveryProvider(subject: ContractSubject, weather = Object.keys(UNDERSTOOD)): void {
  describedNames.add(subject.name);
  const message: OutboundMessage = {
    id: '018f2c7e-1234-7abc-8def-0123456789ab.0.1',
    reference: '018f2c7e-0000-7abc-8def-0123456789ab.018f2c7e-1234-7abc-8def-0123456789ab.0.1',
    channel: subject.channel,
    recipient: subject.recipient,
    senderName: 'Acme',
    subject: 'Your code',
    text: `${CODE} is your Acme code.`,
    code: CODE,
    language: 'en',
    locale: 'en-US',
  };

  describe(`U2: ${subject.name} (${subject.channel})`, () => {
    let running: Running;
    let provider: DeliveryProvider;
    beforeEach(async () => {
      running = await subject.start();
      provider = await running.provider(PATIENT_MS, true);
    });
    const hurry = async () => {
      await provider.close();
      provider = await running.provider(DEADLINE_MS, true);
    };
    afterEach(async () => {
      await provider.close();
      await running.vendor[Symbol.asyncDispose]();
    });

    const deliver = () => provider.deliver(message, AbortSignal.timeout(PATIENT_MS));
    /** What a delivery that fails says: never the code, the recipient or a secret. */
    const fault = async (): Promise<ProviderError> => {
      const error = await deliver().then(
        (delivery) => expect.unreachable(`it was taken: ${JSON.stringify(delivery)}`),
        (thrown: unknown) => thrown as ProviderError,
      );
      const told = JSON.stringify([error.message, error.reason, error.stack, { ...error }, error.cause ?? null]);
      for (const secret of [...subject.secrets, CODE, subject.recipient]) expect(told).not.toContain(secret);
      return error;
    };

    test('is named as the settings name it, carries the channel and holds no code', () => {
      expect(provider).toMatchObject({ name: subject.name, custody: 'GATEWAY', mode: 'LIVE' });
      expect(provider.capabilities.channels[subject.channel]).toBeDefined();
    });

    test('hands the message to the vendor once, for the one recipient, with the code in it', async () => {
      expect(await deliver()).toMatchObject({ status: 'SENT' });
      const [received, ...more] = running.received();
      expect(more).toEqual([]);
      expect(received?.to).toContain(subject.recipient);
      expect(received?.text).toContain(CODE);
    });

    test.each(weather as Misbehavior[])('understands a vendor that does this: %s', async (misbehavior) => {
      if (misbehavior === 'silent') await hurry();
      running.vendor.misbehave(misbehavior);
      const error = await fault();
      expect(error.kind).toBe({ ...UNDERSTOOD, ...subject.understood }[misbehavior]);
      expect(running.asked(), 'it is asked once: the queue repeats, nobody else').toBe(1);
    });

    if (subject.saysHowLong !== false)
      test('passes on for how long the vendor wants to be left alone', async () => {
        running.vendor.misbehave('throttle');
        expect(await fault()).toMatchObject({ kind: 'RETRY', retryAfterSeconds: 7 });
      });

    test('knows that nothing was sent where the connection is refused', async () => {
      await running.vendor.close();
      expect(await fault()).toMatchObject({ kind: 'DOWN' });
    });

    test('takes no longer than its deadline', async () => {
      await hurry();
      running.vendor.misbehave('silent');
      const started = performance.now();
      await fault();
      expect(performance.now() - started).toBeLessThan(10 * DEADLINE_MS);
    });

    test('says at once that its credentials are refused, and that is nothing about the recipient', async () => {
      await provider.close();
      provider = await running.provider(PATIENT_MS, false);
      expect(await fault()).toMatchObject({ kind: 'DOWN' });
      expect(running.received()).toEqual([]);
    });

    test('can be asked whether it works, and sends nothing then', async () => {
      await provider.probe(AbortSignal.timeout(10_000));
      expect(running.received()).toEqual([]);
      await running.vendor.close();
      await expect(provider.probe(AbortSignal.timeout(10_000))).rejects.toMatchObject({ kind: 'DOWN' });
    });
  });
}
