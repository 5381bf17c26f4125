/** The queue's handler: renders a step's message, hands it to the provider, writes down what became of it. */
import type { Outbox } from '../delivery/outbox.js';
import type { DeliveryHandler, TryOutcome } from '../delivery/worker.js';
import type { Database } from '../entities/database.js';
import { deriveCode, TEST_CODE } from '../kernel/codes.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { EmailContent } from '../messages/email-content.js';
import { renderMessage } from '../messages/render.js';
import { type OutboundMessage, ProviderError } from '../providers/provider.js';
import type { Logger } from '../telemetry/logger.js';
import { carriersOf } from './carriers.js';
import { asProviderError, carry } from './carry.js';
import { failStep } from './fail-step.js';
import { referenceOf } from './message-reference.js';
import { startUpstream } from './start-upstream.js';
import { createStepStore, type DueStep, type StepKey } from './step-store.js';
import type { UpstreamDeps } from './upstream-steps.js';

export interface DeliverDeps extends UpstreamDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly codeKeys: KeyRing;
  readonly logger: Logger;
}

/** Makes the handler for the delivery queue. A message that was sent twice carries the same code both times. */
export function createDeliverStep(deps: DeliverDeps): DeliveryHandler {
  const { codeKeys, providers } = deps;
  const steps = createStepStore(deps.database.pool);

  async function deliver(step: StepKey, due: DueStep, { isRepeated, signal, logger }: Attempt) {
    return carry({
      provider: due.provider,
      carriers: carriersOf(providers, { ...due, mode: step.mode, send: step.send }),
      hand: (to, limit) =>
        to.custody === 'GATEWAY'
          ? to.deliver(messageOf(codeKeys, step, due), limit)
          : startUpstream(deps, step, due, to, limit),
      isRepeated,
      signal,
      logger,
      takeOver: (from, to) => steps.takeOver({ ...step, from, to }),
    });
  }

  return async ({ job, isLast, isRepeated, signal }): Promise<TryOutcome> => {
    const { verificationId, requestId } = job;
    const { workspaceId, mode, stepIndex: index, send } = job;
    const step: StepKey = { workspaceId, mode, verificationId, index, send };
    const due = await steps.due(step);
    if (!due) {
      await steps.mark({ ...step, status: 'SKIPPED' });
      return 'DONE';
    }
    const logger = deps.logger.child({ requestId, verificationId });
    const outcome = await deliver(step, due, { isRepeated, signal, logger }).catch(asProviderError);
    if (outcome === 'LEFT') return 'DONE';
    if (!(outcome instanceof ProviderError)) {
      await steps.mark({ ...step, ...outcome });
      return 'DONE';
    }
    const { kind, reason, cause } = outcome;
    logger.warn({ err: cause, reason }, 'not delivered');
    if (kind !== 'FINAL' && !isLast) return 'RETRY';
    await failStep(deps, step, { reason, requestId });
    return 'DONE';
  };
}

interface Attempt {
  readonly isRepeated: boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** The message of a step, the same at every try. */
export function messageOf(keys: KeyRing, step: StepKey, due: DueStep): OutboundMessage {
  const { mode, verificationId, index, send } = step;
  const { channel, recipient, appName, locale, content } = due;
  const code = mode === 'TEST' ? TEST_CODE : liveCode(keys, verificationId, due);
  const rendered = renderMessage({
    kind: 'code',
    channel,
    appName,
    locale,
    code,
    minutes: Math.max(1, Math.floor(due.secondsLeft / 60)),
    content: content?.email as EmailContent | undefined,
    customMessage: content?.customMessage,
    autofillDomain: due.autofillDomain ?? undefined,
  });
  const senderId = content?.senderId;
  return {
    id: `${verificationId}.${index}.${send}`,
    ...(mode === 'LIVE' && { reference: referenceOf(step) }),
    channel,
    recipient,
    code,
    locale,
    ...rendered,
    ...(senderId && { senderId }),
  };
}

function liveCode(keys: KeyRing, verificationId: string, due: DueStep): string {
  const key = keys.find(due.codeKeyId);
  // Tried again: while a deployment rolls, the next worker may have the secret that this one lacks.
  if (!key) throw new ProviderError('RETRY', 'the secret that this code is derived with is not configured');
  return deriveCode(key.key, { verificationId, identity: due.identity }, due.codeLength);
}
