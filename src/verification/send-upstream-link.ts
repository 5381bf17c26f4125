/**
 * Having a vendor mail a link of its own that leads on to the gateway's. What the vendor makes of it proves nothing: the
 * token behind it does, which nobody but the mail's reader sees, and the person's own click.
 */
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type Delivery, type EmailTexts, ProviderError, type VerificationProvider } from '../providers/provider.js';
import type { DueStep, StepKey } from './step-store.js';
import { findUpstreamSteps, type UpstreamDeps } from './upstream-steps.js';

/** A step by link that is to be sent now. */
export interface DueLink extends DueStep {
  /** The gateway's link, the same at every try and every resend. */
  readonly url: string;
}

const FIND = prepared(`
  select update_primary as "updatePrimary" from verification_link
  where workspace_id = $1 and mode = $2 and verification_id = $3`);

/** @throws {ProviderError} */
export async function sendUpstreamLink(
  deps: UpstreamDeps & { readonly database: Database },
  step: StepKey,
  { channel, recipient, appName, content, url }: DueLink,
  provider: VerificationProvider,
  signal: AbortSignal,
): Promise<Delivery> {
  const { name, sendLink } = provider;
  // Its links were switched off since: the vendor's code in place of the link would lead nowhere.
  if (!sendLink) throw new ProviderError('RETRY', `${name} is not set up for links`);
  const { workspaceId, mode, verificationId, index } = step;
  const { pool } = deps.database;
  const steps = await findUpstreamSteps(pool, deps, step, verificationId);
  const known = steps.find((each) => each.index === index && each.provider.name === name);
  const values = [workspaceId, mode, verificationId];
  const link = known && (await runOne<{ updatePrimary: boolean }>(pool, FIND, values));
  if (!link) throw new ProviderError('RETRY', `the message was handed on from ${name}`);
  const email = content?.email as EmailTexts | undefined;
  const { subject } = known.ref;
  const { updatePrimary } = link;
  await sendLink({ channel, recipient, appName, ...(email && { email }), subject, url, updatePrimary }, signal);
  return { status: 'SENT' };
}
