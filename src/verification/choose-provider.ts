/** The provider of a new step: the first of its route that can do all that is asked. */
import type { StepContent } from '../entities/verification-step.js';
import { badInput, GatewayError } from '../kernel/errors.js';
import { type Need, shortfallOf, type Wanted, type WantedTerm } from '../providers/capabilities.js';
import type { Provider } from '../providers/provider.js';
import type { ProviderRegistry, RoutedStep } from '../providers/registry.js';
import type { Terms } from './plan.js';

/** What the caller of a send calls its terms, behind the path of the step or of the whole input. */
const ARGUMENTS: Record<WantedTerm, (path: string, content: StepContent | null) => string> = {
  codeLength: () => 'input.codeLength',
  timeoutSeconds: () => 'input.timeoutSeconds',
  maxAttempts: () => 'input.maxAttempts',
  locale: () => 'input.locale',
  customText: (path, content) => `${path}.${content?.email ? 'content' : 'customMessage'}`,
  senderId: (path) => `${path}.senderId`,
  email: () => 'input.customerId',
  userToken: () => 'input.customerId',
};

/**
 * @returns undefined where no provider is configured
 * @param told what can be told of whom is verified
 * @throws {GatewayError} where none of them can do it: BAD_USER_INPUT naming what the preferred one cannot, or FORBIDDEN
 *   where it needs a user's token and the caller has none
 */
export function chooseProvider(
  registry: ProviderRegistry,
  step: RoutedStep,
  terms: Terms,
  { path, content, told = [] }: { path: string; content: StepContent | null; told?: readonly Need[] },
): Provider | undefined {
  const route = registry.route(step);
  const wanted = { ...wantedOf(step.channel, terms, content), told };
  const [preferred] = route;
  const able = route.find(({ capabilities }) => !shortfallOf(capabilities, wanted));
  if (able || !preferred) return able;
  const shortfall = shortfallOf(preferred.capabilities, wanted);
  if (!shortfall) return preferred;
  // No argument would mend it: somebody else has to call.
  if (shortfall.term === 'userToken')
    throw new GatewayError('FORBIDDEN', `The provider ${preferred.name} ${shortfall.limit}.`);
  throw badInput(ARGUMENTS[shortfall.term](path, content), `the provider ${preferred.name} ${shortfall.limit}`);
}

/** What a step asks of its provider. */
export function wantedOf(channel: Wanted['channel'], terms: Terms, content: StepContent | null): Wanted {
  const { codeLength, timeoutSeconds, maxAttempts, locale } = terms;
  return {
    channel,
    codeLength,
    timeoutSeconds,
    maxAttempts,
    locale,
    customText: content?.customMessage !== undefined || content?.email !== undefined,
    senderId: content?.senderId !== undefined,
  };
}
