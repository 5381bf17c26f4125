/** The provider of a new step: the first of its route that can do all that is asked. */
import type { VerificationKind } from '../entities/verification.js';
import type { StepContent } from '../entities/verification-step.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { type Need, shortfallOf, type Wanted, type WantedTerm } from '../providers/capabilities.js';
import type { Provider } from '../providers/provider.js';
import { linkCarriers, type ProviderRegistry, type RoutedStep } from '../providers/registry.js';
import type { Terms } from './plan.js';

/** What the caller of a send calls its terms. */
const ARGUMENTS: Record<WantedTerm, (asked: Asked) => string> = {
  codeLength: () => 'input.codeLength',
  timeoutSeconds: () => 'input.timeoutSeconds',
  maxAttempts: () => 'input.maxAttempts',
  locale: () => 'input.locale',
  customText: ({ path, content }) => `${path}.${content?.email ? 'content' : 'customMessage'}`,
  senderId: ({ path }) => `${path}.senderId`,
  email: () => 'input.customerId',
  primary: ({ recipient }) => recipient,
  userToken: () => 'input.customerId',
};

interface Asked {
  /** Of the step, as the caller names it. */
  readonly path: string;
  /** What the caller calls whom it goes to. */
  readonly recipient: string;
  readonly kind: VerificationKind;
  readonly content: StepContent | null;
  /** What can be told of whom is verified. */
  readonly told: readonly Need[];
}

/**
 * @returns undefined where no provider is configured
 * @throws {GatewayError} where none of them can do it: BAD_USER_INPUT naming what the preferred one cannot, or FORBIDDEN
 *   where it needs a user's token and the caller has none
 */
export function chooseProvider(
  registry: ProviderRegistry,
  step: RoutedStep,
  terms: Terms,
  asked: Asked,
): Provider | undefined {
  const { kind, content, told } = asked;
  const route = routeOf(registry, kind, step);
  const wanted = { ...wantedOf(step.channel, kind, terms, content), told };
  const [preferred] = route;
  const able = route.find(({ capabilities }) => !shortfallOf(capabilities, wanted));
  if (able || !preferred) return able;
  const shortfall = shortfallOf(preferred.capabilities, wanted);
  if (!shortfall) return preferred;
  // No argument would mend it: somebody else has to call.
  if (shortfall.term === 'userToken')
    throw new GatewayError('FORBIDDEN', `The provider ${preferred.name} ${shortfall.limit}.`);
  throw badInput(ARGUMENTS[shortfall.term](asked), `the provider ${preferred.name} ${shortfall.limit}`);
}

/** Who may take such a step. A link ends at the gateway's own, and no vendor's code or words stand in for it. */
export function routeOf(registry: ProviderRegistry, kind: VerificationKind, step: RoutedStep): readonly Provider[] {
  return kind === 'LINK' ? linkCarriers(registry, step) : registry.route(step);
}

/** What a step asks of its provider. A link has no digits, and nobody guesses at it. */
export function wantedOf(
  channel: Wanted['channel'],
  kind: VerificationKind,
  terms: Terms,
  content: StepContent | null,
): Wanted {
  const { codeLength, timeoutSeconds, maxAttempts, locale } = terms;
  return {
    channel,
    ...(kind === 'CODE' && { codeLength, maxAttempts }),
    timeoutSeconds,
    locale,
    customText: content?.customMessage !== undefined || content?.email !== undefined,
    senderId: content?.senderId,
  };
}
