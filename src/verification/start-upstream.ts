/** Having a vendor that holds the code send it: for the first time, again, or by the next step of its own. */

import type { Database } from '../entities/database.js';
import {
  type Delivery,
  type EmailTexts,
  ProviderError,
  type StartRequest,
  type VerificationProvider,
} from '../providers/provider.js';
import { messageIdOf } from './message-reference.js';
import type { DueStep, StepKey } from './step-store.js';
import { findUpstreamSteps, isMeant, runAround, type UpstreamDeps, type UpstreamStep } from './upstream-steps.js';

/** @throws {ProviderError} */
export async function startUpstream(
  deps: UpstreamDeps & { readonly database: Database },
  step: StepKey,
  due: DueStep,
  provider: VerificationProvider,
  signal: AbortSignal,
): Promise<Delivery> {
  const { verificationId, index, send } = step;
  const steps = await findUpstreamSteps(deps.database.pool, deps, step, verificationId);
  const known = steps.find((each) => each.index === index && each.provider.name === provider.name);
  if (!known) throw new ProviderError('RETRY', `the message was handed on from ${provider.name}`);
  if (!isMeant(known)) throw new ProviderError('FINAL', `${provider.name} would send to another contact`);
  const { channel, recipient, locale, codeLength, timeoutSeconds, maxAttempts, appName, content } = due;
  const { customMessage, senderId, email } = content ?? {};
  const { open, later } = runAround(steps, known);
  const request: StartRequest = {
    id: messageIdOf(step),
    channel,
    recipient,
    locale,
    codeLength,
    timeoutSeconds,
    maxAttempts,
    appName,
    ...(customMessage !== undefined && { customMessage }),
    ...(senderId !== undefined && { senderId }),
    ...(email && { email: email as EmailTexts }),
    subject: known.ref.subject,
    ...(later.length > 0 && { later: later.map(({ ref }) => ref.channel) }),
  };
  const { providerRef } = await startOf(provider, { send, known, open })(request, signal);
  return { status: 'SENT', ...(providerRef !== undefined && { providerRef }) };
}

interface Standing {
  readonly send: number;
  readonly known: UpstreamStep;
  readonly open: UpstreamStep | undefined;
}

/** Which of the vendor's operations sends this message. */
function startOf(provider: VerificationProvider, { send, known, open }: Standing): VerificationProvider['start'] {
  const { resend, failOver } = provider;
  const { providerRef, position } = known.ref;
  if (send > 1 && resend) return (request, signal) => resend({ ...request, providerRef, position }, signal);
  if (send > 1 || !failOver || !open) return (request, signal) => provider.start(request, signal);
  const behind = { providerRef: open.ref.providerRef, position: open.ref.position + known.index - open.index };
  return (request, signal) => failOver({ ...request, ...behind }, signal);
}
