/** The queue's handler: renders a step's message, hands it to the provider, writes down what became of it. */
import type { Outbox } from '../delivery/outbox.js';
import type { DeliveryHandler, TryOutcome } from '../delivery/perform.js';
import type { Database } from '../entities/database.js';
import { deriveCode, TEST_CODE } from '../kernel/codes.js';
import type { KeyRing, RingKey } from '../kernel/key-ring.js';
import { linkToken } from '../kernel/link-token.js';
import type { EmailContent } from '../messages/email-content.js';
import type { CodeMessage, LinkMessage } from '../messages/message.js';
import { renderMessage } from '../messages/render.js';
import { asProviderError } from '../providers/fault.js';
import { type Delivery, type OutboundMessage, type Provider, ProviderError } from '../providers/provider.js';
import type { Logger } from '../telemetry/logger.js';
import { carriersOf } from './carriers.js';
import { carry } from './carry.js';
import { failStep } from './fail-step.js';
import { messageIdOf, referenceOf } from './message-reference.js';
import type { SendCaps } from './send-caps.js';
import { sendUpstreamLink } from './send-upstream-link.js';
import { startUpstream } from './start-upstream.js';
import { createStepStore, type DueStep, type MessageStep, type StepKey } from './step-store.js';
import type { UpstreamDeps } from './upstream-steps.js';

/** What the secret part of a message is derived from. */
export interface MessageDeps {
  readonly codeKeys: KeyRing;
  readonly linkKeys: KeyRing;
  /** What links start with. */
  readonly publicUrl: string;
}

export interface DeliverDeps extends MessageDeps, UpstreamDeps {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly sendCaps: SendCaps;
  readonly logger: Logger;
}

/** Makes the handler for the delivery queue. A message that was sent twice carries the same code or link both times. */
export function createDeliverStep(deps: DeliverDeps): DeliveryHandler {
  const { providers } = deps;
  const steps = createStepStore(deps.database.pool);

  async function deliver(step: StepKey, due: DueStep, { isRepeated, signal, logger }: Attempt) {
    return carry({
      kind: due.kind,
      provider: due.provider,
      carriers: carriersOf(providers, { ...due, mode: step.mode, send: step.send }),
      hand: (to, limit) => hand(deps, step, due, to, limit),
      isRepeated,
      signal,
      logger,
      takeOver: (from, to) => steps.takeOver({ ...step, from, to }),
    });
  }

  return async ({ job, isLast, isSpent, isRepeated, signal }): Promise<TryOutcome> => {
    const { verificationId, requestId } = job;
    const { workspaceId, mode, stepIndex: index, send } = job;
    const step: StepKey = { workspaceId, mode, verificationId, index, send };
    const due = await steps.due(step);
    if (!due) {
      await steps.mark({ ...step, status: 'SKIPPED' });
      return 'DONE';
    }
    const logger = deps.logger.child({ requestId, verificationId });
    // A try that was cut off may have sent the message: until this claim it is repeated, with the same code and id.
    const outcome = isSpent
      ? new ProviderError('FINAL', 'the gateway could not send it')
      : await deliver(step, due, { isRepeated, signal, logger }).catch(asProviderError);
    if (outcome === 'LEFT') return 'DONE';
    // Its job may have been taken from whoever handed the message on: what it wrote last is all that is left of it.
    if (outcome === 'OVERTAKEN') return 'RETRY';
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

function hand(deps: DeliverDeps, step: StepKey, due: DueStep, to: Provider, signal: AbortSignal): Promise<Delivery> {
  if (to.custody === 'GATEWAY') return to.deliver(messageOf(deps, step, due), signal);
  if (due.kind === 'CODE') return startUpstream(deps, step, due, to, signal);
  return sendUpstreamLink(deps, step, { ...due, url: linkUrl(deps, step, due) }, to, signal);
}

interface Attempt {
  readonly isRepeated: boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** The message of a step, the same at every try. */
export function messageOf(deps: MessageDeps, step: StepKey, due: MessageStep): OutboundMessage {
  const { mode } = step;
  const { channel, recipient, locale, content } = due;
  const words = due.kind === 'LINK' ? linkMessage(deps, step, due) : codeMessage(deps, step, due);
  const senderId = content?.senderId;
  return {
    id: messageIdOf(step),
    ...(mode === 'LIVE' && { reference: referenceOf(step) }),
    channel,
    recipient,
    ...(words.kind === 'code' && { code: words.code }),
    locale,
    ...renderMessage(words),
    ...(senderId && { senderId }),
  };
}

const toldIn = ({ appName, locale, content, secondsLeft }: MessageStep) => ({
  appName,
  locale,
  minutes: Math.max(0, Math.floor(secondsLeft / 60)),
  content: content?.email as EmailContent | undefined,
});

function codeMessage({ codeKeys }: MessageDeps, { mode, verificationId }: StepKey, due: MessageStep): CodeMessage {
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

function linkMessage(deps: MessageDeps, step: StepKey, due: MessageStep): LinkMessage {
  return { kind: 'link', channel: 'EMAIL', ...toldIn(due), url: linkUrl(deps, step, due) };
}

/**
 * The address that a message by link carries. It starts with the configured one: the Host header of a request would let
 * its sender choose where the link leads.
 */
export function linkUrl({ linkKeys, publicUrl }: MessageDeps, step: StepKey, due: MessageStep): string {
  return `${publicUrl}/l/${linkToken(keyOf(linkKeys, due), step)}`;
}

function keyOf(keys: KeyRing, { codeKeyId }: MessageStep): RingKey {
  const key = keys.find(codeKeyId);
  // Tried again: while a deployment rolls, the next worker may have the secret that this one lacks.
  if (!key) throw new ProviderError('RETRY', 'the secret that this code or link is derived with is not configured');
  return key;
}
