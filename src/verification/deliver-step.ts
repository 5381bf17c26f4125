/** The queue's handler: renders a step's message, hands it to the provider, writes down what became of it. */
import type { Outbox } from '../delivery/outbox.js';
import type { DeliveryHandler, TryOutcome } from '../delivery/worker.js';
import type { Database } from '../entities/database.js';
import { deriveCode, TEST_CODE } from '../kernel/codes.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { EmailContent } from '../messages/email-content.js';
import { renderMessage } from '../messages/render.js';
import { type Delivery, type OutboundMessage, ProviderError } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Logger } from '../telemetry/logger.js';
import { failStep } from './fail-step.js';
import { createStepStore, type DueStep, type StepKey } from './step-store.js';

export interface DeliverDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codeKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly logger: Logger;
}

/** Makes the handler for the delivery queue. A message that was sent twice carries the same code both times. */
export function createDeliverStep(deps: DeliverDeps): DeliveryHandler {
  const { logger } = deps;
  const steps = createStepStore(deps.database.pool);
  return async ({ job, isLast, signal }): Promise<TryOutcome> => {
    const { verificationId, requestId } = job;
    const { workspaceId, mode, stepIndex: index, send } = job;
    const step: StepKey = { workspaceId, mode, verificationId, index, send };
    const due = await steps.due(step);
    if (!due) {
      await steps.mark({ ...step, status: 'SKIPPED' });
      return 'DONE';
    }
    const outcome = await deliver(deps, step, due, signal).catch((error: unknown) => asProviderError(error));
    if (!(outcome instanceof ProviderError)) {
      await steps.mark({ ...step, status: outcome.status });
      return 'DONE';
    }
    const { kind, reason, cause } = outcome;
    logger.warn({ err: cause, requestId, verificationId, provider: due.provider, reason }, 'delivery failed');
    if (kind !== 'FINAL' && !isLast) return 'RETRY';
    await failStep(deps, step, { reason, requestId });
    return 'DONE';
  };
}

async function deliver(deps: DeliverDeps, step: StepKey, due: DueStep, signal: AbortSignal): Promise<Delivery> {
  const provider = deps.providers.find(due.provider);
  // Tried again: while a deployment rolls, the next worker may have the provider, or the secret, that this one lacks.
  if (provider?.custody !== 'GATEWAY')
    throw new ProviderError('RETRY', `the provider ${due.provider} is not configured`);
  return provider.deliver(messageOf(deps.codeKeys, step, due), signal);
}

/** A fault of the gateway's own is tried again like a provider's: the next process may be a mended one. */
function asProviderError(error: unknown): ProviderError {
  return error instanceof ProviderError ? error : new ProviderError('RETRY', 'the gateway could not send it', error);
}

function messageOf(keys: KeyRing, { mode, verificationId, index, send }: StepKey, due: DueStep): OutboundMessage {
  const { channel, recipient, appName, locale, content } = due;
  const rendered = renderMessage({
    kind: 'code',
    channel,
    appName,
    locale,
    code: mode === 'TEST' ? TEST_CODE : liveCode(keys, verificationId, due),
    minutes: Math.max(1, Math.floor(due.secondsLeft / 60)),
    content: content?.email as EmailContent | undefined,
    customMessage: content?.customMessage,
    autofillDomain: due.autofillDomain ?? undefined,
  });
  const senderId = content?.senderId;
  return { id: `${verificationId}.${index}.${send}`, channel, recipient, ...rendered, ...(senderId && { senderId }) };
}

function liveCode(keys: KeyRing, verificationId: string, due: DueStep): string {
  const key = keys.find(due.codeKeyId);
  if (!key) throw new ProviderError('RETRY', 'the secret that this code is derived with is not configured');
  return deriveCode(key.key, { verificationId, identity: due.identity }, due.codeLength);
}
