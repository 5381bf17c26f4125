/** What a provider is called for, each put within something of the gateway's: a circuit breaker, a span, a count. */
import type { DeliveryProvider, OutboundMessage, Provider, VerificationProvider } from './provider.js';

/** `probe` is an operator's question, and `close` the end: neither is about a message or a guess. */
type CallsOf<Of> = Exclude<
  { [Name in keyof Of]-?: NonNullable<Of[Name]> extends (...args: never[]) => unknown ? Name : never }[keyof Of],
  'probe' | 'close'
>;

export type CallName = CallsOf<DeliveryProvider> | CallsOf<VerificationProvider>;

/** Whom any call is about. */
export type Asked = Pick<OutboundMessage, 'channel' | 'recipient'>;
export type Call = (asked: Asked, signal: AbortSignal) => Promise<unknown>;

// Records and no lists: a method that is missing here would go past the breaker, and does not compile.
const CALLS: {
  readonly GATEWAY: Readonly<Record<CallsOf<DeliveryProvider>, true>>;
  readonly PROVIDER: Readonly<Record<CallsOf<VerificationProvider>, true>>;
} = {
  GATEWAY: { deliver: true },
  PROVIDER: { start: true, check: true, resend: true, failOver: true, sendLink: true, cancel: true },
};

/**
 * The same provider, each of whose calls is what `around` makes of it. What is absent stays absent: it is a thing that
 * the vendor cannot do.
 */
export function aroundCalls(provider: Provider, around: (call: Call, name: CallName) => Call): Provider {
  const calls = provider as unknown as Readonly<Partial<Record<CallName, Call>>>;
  const names = Object.keys(CALLS[provider.custody]) as CallName[];
  const within = names.flatMap((name) => {
    const call = calls[name];
    return call ? [[name, around(call, name)] as const] : [];
  });
  return { ...provider, ...Object.fromEntries(within) };
}
