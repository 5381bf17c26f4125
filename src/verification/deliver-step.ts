/** The queue's handler: renders a step's message, hands it to the provider, writes down what became of it. */
import type { Outbox } from '../delivery/outbox.js';
import type { DeliveryHandler, TryOutcome } from '../delivery/worker.js';
import type { Database } from '../entities/database.js';
import { deriveCode, TEST_CODE } from '../kernel/codes.js';
import type { KeyRing, RingKey } from '../kernel/key-ring.js';
import { linkToken } from '../kernel/link-token.js';
import type { EmailContent } from '../messages/email-content.js';
import type { CodeMessage, LinkMessage } from '../messages/message.js';
import { renderMessage } from '../messages/render.js';
import { type Delivery, type OutboundMessage, ProviderError } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Logger } from '../telemetry/logger.js';
import { failStep } from './fail-step.js';
import type { SendCaps } from './send-caps.js';
import { createStepStore, type DueStep, type StepKey } from './step-store.js';

/** What the secret part of a message is derived from. */
export interface MessageDeps {
  readonly codeKeys: KeyRing;
  readonly linkKeys: KeyRing;
  /** What links start with. */
  readonly publicUrl: string;
}

export interface DeliverDeps extends MessageDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly providers: ProviderRegistry;
  readonly sendCaps: SendCaps;
  readonly logger: Logger;
}

/** Makes the handler for the delivery queue. A message that was sent twice carries the same code or link both times. */
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
    if (typeof outcome === 'string') {
      await steps.mark({ ...step, status: outcome });
      return 'DONE';
    }
    const { kind, reason, cause } = outcome;
    logger.warn({ err: cause, requestId, verificationId, provider: due.provider, reason }, 'delivery failed');
    if (kind === 'RETRY' && !isLast) return 'RETRY';
    await failStep(deps, step, { reason, requestId });
    return 'DONE';
  };
}

async function deliver(deps: DeliverDeps, step: StepKey, due: DueStep, signal: AbortSignal): Promise<Delivery> {
  const provider = deps.providers.find(due.provider);
  // Tried again: while a deployment rolls, the next worker may have the provider, or the secret, that this one lacks.
  if (!provider) throw new ProviderError('RETRY', `the provider ${due.provider} is not configured`);
  return provider.deliver(messageOf(deps, step, due), signal);
}

/** A fault of the gateway's own is tried again like a provider's: the next process may be a mended one. */
function asProviderError(error: unknown): ProviderError {
  return error instanceof ProviderError ? error : new ProviderError('RETRY', 'the gateway could not send it', error);
}

/** The message of a step, the same at every try. */
export function messageOf(deps: MessageDeps, step: StepKey, due: DueStep): OutboundMessage {
  const { verificationId, index, send } = step;
  const { channel, recipient, content } = due;
  const rendered = renderMessage(due.kind === 'LINK' ? linkMessage(deps, step, due) : codeMessage(deps, step, due));
  const senderId = content?.senderId;
  return { id: `${verificationId}.${index}.${send}`, channel, recipient, ...rendered, ...(senderId && { senderId }) };
}

const toldIn = ({ appName, locale, content, secondsLeft }: DueStep) => ({
  appName,
  locale,
  minutes: Math.max(1, Math.floor(secondsLeft / 60)),
  content: content?.email as EmailContent | undefined,
});

function codeMessage({ codeKeys }: MessageDeps, { mode, verificationId }: StepKey, due: DueStep): CodeMessage {
  const { channel, identity, codeLength, content, autofillDomain } = due;
  const live = () => deriveCode(keyOf(codeKeys, due).key, { verificationId, identity }, codeLength);
  return {
    kind: 'code',
    channel,
    ...toldIn(due),
    code: mode === 'TEST' ? TEST_CODE : live(),
    customMessage: content?.customMessage,
    autofillDomain: autofillDomain ?? undefined,
  };
}

function linkMessage(deps: MessageDeps, step: StepKey, due: DueStep): LinkMessage {
  return { kind: 'link', channel: 'EMAIL', ...toldIn(due), url: linkUrl(deps, step, due) };
}

/**
 * The address that a message by link carries. It starts with the configured one: the Host header of a request would let
 * its sender choose where the link leads.
 */
export function linkUrl({ linkKeys, publicUrl }: MessageDeps, step: StepKey, due: DueStep): string {
  return `${publicUrl}/l/${linkToken(keyOf(linkKeys, due), step)}`;
}

function keyOf(keys: KeyRing, { codeKeyId }: DueStep): RingKey {
  const key = keys.find(codeKeyId);
  if (!key) throw new ProviderError('RETRY', 'the secret that this code or link is derived with is not configured');
  return key;
}
