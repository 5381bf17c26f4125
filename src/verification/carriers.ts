/** Who may carry a step's message, and who takes over from whom. */
import type { Mode } from '../entities/columns.js';
import type { VerificationKind } from '../entities/verification.js';
import type { Channel, StepContent } from '../entities/verification-step.js';
import { parsePhone } from '../kernel/contact.js';
import { shortfallOf } from '../providers/capabilities.js';
import type { DeliveryProvider } from '../providers/provider.js';
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
  readonly codeLength: number;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
}

/**
 * The step's own provider, then those behind it in the order of its route, then those before it. Only carriers of
 * the gateway's code or link stand in for each other, and only those who can do all that was promised.
 */
export function carriersOf(registry: ProviderRegistry, step: CarriedStep): DeliveryProvider[] {
  const own = registry.find(step.provider);
  const { behind, before } = othersOf(registry, step);
  return own?.custody === 'GATEWAY' ? [own, ...behind, ...before] : own ? [] : [...behind, ...before];
}

/** Who takes over once the step's own provider has reported that the message will not arrive. */
export function successorOf(registry: ProviderRegistry, step: CarriedStep): DeliveryProvider | undefined {
  // Nobody before it: otherwise two that both report failure would hand the message to and fro.
  return othersOf(registry, step).behind[0];
}

function othersOf(registry: ProviderRegistry, step: CarriedStep) {
  const { channel, kind, mode, recipient } = step;
  const wanted = wantedOf(channel, kind, step, step.content);
  const parsed = channel === 'EMAIL' ? undefined : parsePhone(recipient);
  const country = parsed && 'contact' in parsed ? parsed.contact.country : undefined;
  const route = routeOf(registry, kind, { channel, mode, country });
  const at = route.findIndex(({ name }) => name === step.provider);
  const able = (each: (typeof route)[number]): each is DeliveryProvider =>
    each.custody === 'GATEWAY' && each.name !== step.provider && !shortfallOf(each.capabilities, wanted);
  return { behind: route.slice(at + 1).filter(able), before: route.slice(0, Math.max(at, 0)).filter(able) };
}
