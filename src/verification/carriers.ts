/** Who may carry a step's message, and who takes over from whom. */
import type { VerificationKind } from '../entities/verification.js';
import type { Channel, StepContent } from '../entities/verification-step.js';
import { parsePhone } from '../kernel/contact.js';
import type { Mode } from '../kernel/world.js';
import { shortfallOf } from '../providers/capabilities.js';
import type { DeliveryProvider, Provider } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { routeOf, wantedOf } from './choose-provider.js';

/** As much of a step as decides who can carry it. */
export interface CarriedStep {
  readonly mode: Mode;
  readonly kind: VerificationKind;
  readonly channel: Channel;
  readonly recipient: string;
  readonly provider: string;
  readonly content: StepContent | null;
  readonly locale: string;
  /** Whether the caller named it. */
  readonly isLocaleNamed: boolean;
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
}

/** A step with the message of it that is under way, from 1. */
export interface SentStep extends CarriedStep {
  readonly send: number;
}

/**
 * The step's own provider, then those behind it in the order of its route, then those before it: only those who can
 * do all that was promised. Carriers of the gateway's code stand in for each other at any time, and so do all that send
 * its link. A vendor that holds the code can be replaced only while nothing was sent: afterwards its code must stay good.
 */
export function carriersOf(registry: ProviderRegistry, step: SentStep): Provider[] {
  const own = registry.find(step.provider);
  const isHeld = own?.custody === 'PROVIDER' && step.kind === 'CODE';
  if (isHeld && step.send > 1) return [own];
  const { behind, before } = othersOf(registry, step);
  const all = [...behind, ...before];
  return [...(own ? [own] : []), ...(isHeld || step.kind === 'LINK' ? all : all.filter(isCarrier))];
}

const isCarrier = (provider: Provider): provider is DeliveryProvider => provider.custody === 'GATEWAY';

/** Who takes over once the step's own provider has reported that the message will not arrive. */
export function successorOf(registry: ProviderRegistry, step: CarriedStep): DeliveryProvider | undefined {
  // Nobody before it: otherwise two that both report failure would hand the message to and fro.
  return othersOf(registry, step).behind.find(isCarrier);
}

function othersOf(registry: ProviderRegistry, step: CarriedStep) {
  const { channel, kind, mode, recipient, isLocaleNamed } = step;
  const locale = isLocaleNamed ? step.locale : undefined;
  const wanted = wantedOf(channel, kind, { ...step, locale }, step.content);
  const parsed = channel === 'EMAIL' ? undefined : parsePhone(recipient);
  const country = parsed && 'contact' in parsed ? parsed.contact.country : undefined;
  const route = routeOf(registry, kind, { channel, mode, country });
  const at = route.findIndex(({ name }) => name === step.provider);
  const able = (each: Provider) => each.name !== step.provider && !shortfallOf(each.capabilities, wanted);
  return { behind: route.slice(at + 1).filter(able), before: route.slice(0, Math.max(at, 0)).filter(able) };
}
