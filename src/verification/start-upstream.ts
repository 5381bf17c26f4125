/** Having a vendor that holds the code send it: for the first time, or again. */

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
import { findUpstreamSteps, type UpstreamDeps } from './upstream-steps.js';

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
  const { channel, recipient, locale, codeLength, timeoutSeconds, maxAttempts, appName, content } = due;
  const { customMessage, senderId, email } = content ?? {};
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
  };
  const { providerRef } =
    send > 1 && provider.resend
      ? await provider.resend({ ...request, providerRef: known.ref.providerRef }, signal)
      : await provider.start(request, signal);
  return { status: 'SENT', ...(providerRef !== undefined && { providerRef }) };
}
