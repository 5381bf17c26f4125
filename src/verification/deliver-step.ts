/** The queue's handler: renders a step's message, hands it to the provider, writes down what became of it. */
import type { DeliveryHandler, TryOutcome } from '../delivery/worker.js';
import type { Database } from '../entities/database.js';
import { deriveCode, TEST_CODE } from '../kernel/codes.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { renderCode } from '../messages/code-message.js';
import { type OutboundMessage, ProviderError } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Logger } from '../telemetry/logger.js';
import { createStepStore, type DueStep, type StepKey } from './step-store.js';

export interface DeliverDeps {
  readonly database: Database;
  readonly codeKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly logger: Logger;
}

/** Makes the handler for the delivery queue. A message that was sent twice carries the same code both times. */
export function createDeliverStep(deps: DeliverDeps): DeliveryHandler {
  const { providers, logger } = deps;
  const steps = createStepStore(deps.database.pool);
  return async ({ job, isLast, signal }): Promise<TryOutcome> => {
    const { verificationId, requestId } = job;
    const step: StepKey = { workspaceId: job.workspaceId, mode: job.mode, verificationId, index: job.stepIndex };
    const due = await steps.due(step);
    if (!due) {
      await steps.mark({ ...step, status: 'SKIPPED' });
      return 'DONE';
    }
    try {
      const provider = providers.find(due.provider);
      if (!provider) throw new ProviderError('FINAL', `the provider ${due.provider} is no longer configured`);
      const status = await provider.deliver(messageOf(deps.codeKeys, step, due), signal);
      await steps.mark({ ...step, status });
      return 'DONE';
    } catch (error) {
      if (!(error instanceof ProviderError) && !isLast) throw error;
      const reason = error instanceof ProviderError ? error.reason : 'the gateway could not send it';
      logger.warn({ err: error, requestId, verificationId, provider: due.provider, reason }, 'delivery failed');
      if (error instanceof ProviderError && error.kind === 'RETRY' && !isLast) return 'RETRY';
      await steps.fail(step, reason);
      return 'DONE';
    }
  };
}

function messageOf(keys: KeyRing, { mode, verificationId, index }: StepKey, due: DueStep): OutboundMessage {
  const { channel, recipient, appName } = due;
  const code = mode === 'TEST' ? TEST_CODE : liveCode(keys, verificationId, due);
  const rendered = renderCode({ channel, appName, code, minutes: Math.max(1, Math.floor(due.secondsLeft / 60)) });
  return { id: `${verificationId}.${index}`, channel, recipient, senderName: appName, ...rendered };
}

function liveCode(keys: KeyRing, verificationId: string, due: DueStep): string {
  const key = keys.find(due.codeKeyId);
  if (!key) throw new ProviderError('FINAL', 'the secret that this code was derived with is no longer configured');
  return deriveCode(key.key, verificationId, due.codeLength);
}
