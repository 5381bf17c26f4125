/** The queue's handler: renders a step's message, hands it to the provider, writes down what became of it. */
import type { World } from '../access/principal.js';
import type { DeliveryHandler, TryOutcome } from '../delivery/worker.js';
import type { Mode } from '../entities/columns.js';
import { type Database, run, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel } from '../entities/verification-step.js';
import { deriveCode, TEST_CODE } from '../kernel/codes.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { renderCode } from '../messages/code-message.js';
import { ProviderError } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Logger } from '../telemetry/logger.js';

export interface DeliverDeps {
  readonly database: Database;
  readonly codeKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly logger: Logger;
}

interface DueStep {
  channel: Channel;
  recipient: string;
  provider: string;
  code_key_id: string;
  code_length: number;
  app_name: string;
  seconds_left: number;
}

// A verification that was finished, or has expired while its message waited, needs no message any more.
const DUE = prepared(`
  select s.channel, s.recipient, s.provider, v.code_key_id, v.code_length, w.app_name,
         extract(epoch from v.expires_at - now())::int as seconds_left
  from verification_step s
  join verification v on v.workspace_id = s.workspace_id and v.mode = s.mode and v.id = s.verification_id
  join workspace w on w.id = s.workspace_id
  where s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3 and s.index = $4 and s.status = 'QUEUED'
    and v.status = 'PENDING' and v.expires_at > now()`);

const SENT = prepared(`
  update verification_step set status = $5, sends = sends + 1, sent_at = now(), failure_reason = null,
    delivered_at = case when $5 = 'DELIVERED' then now() end
  where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and status = 'QUEUED'`);

// The last step to fail ends the verification: nobody will ever hold its code.
const FAILED = prepared(`
  with step as (
    update verification_step set status = 'FAILED', failure_reason = $5
    where workspace_id = $1 and mode = $2 and verification_id = $3 and index = $4 and status = 'QUEUED'
    returning *
  )
  update verification v set status = 'FAILED', updated_at = now()
  from step
  where v.workspace_id = step.workspace_id and v.mode = step.mode and v.id = step.verification_id and v.status = 'PENDING'
    and not exists (
      select from verification_step o where o.workspace_id = v.workspace_id and o.mode = v.mode
        and o.verification_id = v.id and o.index <> step.index and o.status <> 'FAILED')`);

/** Makes the handler for the delivery queue. A message that was sent twice carries the same code both times. */
export function createDeliverStep(deps: DeliverDeps): DeliveryHandler {
  const { database, providers, logger } = deps;
  return async ({ job, isLast, signal }): Promise<TryOutcome> => {
    const world: World = { workspaceId: job.workspaceId, mode: job.mode as Mode };
    const step = [world.workspaceId, world.mode, job.verificationId, job.stepIndex];
    const due = await runOne<DueStep>(database.pool, DUE, step);
    if (!due) return 'DONE';
    try {
      const provider = providers.find(due.provider);
      if (!provider) throw new ProviderError('FINAL', `the provider ${due.provider} is no longer configured`);
      const rendered = renderCode({
        channel: due.channel,
        appName: due.app_name,
        code: codeOf(deps.codeKeys, world, job.verificationId, due),
        minutes: Math.max(1, Math.floor(due.seconds_left / 60)),
      });
      const id = `${job.verificationId}.${job.stepIndex}`;
      const message = { id, channel: due.channel, recipient: due.recipient, senderName: due.app_name, ...rendered };
      await run(database.pool, SENT, [...step, await provider.deliver(message, signal)]);
      return 'DONE';
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      const { requestId, verificationId } = job;
      logger.warn({ requestId, verificationId, provider: due.provider, reason: error.reason }, 'delivery failed');
      if (error.kind === 'RETRY' && !isLast) return 'RETRY';
      await run(database.pool, FAILED, [...step, error.reason.slice(0, 200)]);
      return 'DONE';
    }
  };
}

function codeOf(keys: KeyRing, world: World, verificationId: string, due: DueStep): string {
  if (world.mode === 'TEST') return TEST_CODE;
  const key = keys.find(due.code_key_id);
  if (!key) throw new ProviderError('FINAL', 'the secret that this code was derived with is no longer configured');
  return deriveCode(key.key, verificationId, due.code_length);
}
