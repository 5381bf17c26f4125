/** The queue's handler that tells vendors of a canceled verification. Best effort: the gateway takes no guess any more. */
import type { CancelJob } from '../delivery/outbox.js';
import type { Handler } from '../delivery/perform.js';
import { type Connection, type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { ProviderError } from '../providers/provider.js';
import type { Logger } from '../telemetry/logger.js';
import { findUpstreamSteps, type UpstreamDeps, withEarlier } from './upstream-steps.js';

export interface CancelUpstreamDeps extends UpstreamDeps {
  readonly database: Database;
  readonly logger: Logger;
}

// Twilio goes on with the one that it has for a recipient, whoever asks: a cancel would take the code of another
// verification, of another workspace too.
const SHARED = prepared(`
  select 1
  from verification_step s
  join verification v on v.workspace_id = s.workspace_id and v.mode = s.mode and v.id = s.verification_id
  where s.provider = $1 and s.provider_ref = $2 and s.verification_id <> $3
    and v.status = 'PENDING' and v.expires_at > now()
  limit 1`);

const isShared = async (pool: Connection, provider: string, ref: string | undefined, verificationId: string) =>
  ref !== undefined && (await runOne(pool, SHARED, [provider, ref, verificationId])) !== undefined;

export function createCancelUpstream(deps: CancelUpstreamDeps): Handler<CancelJob> {
  return async ({ job: { workspaceId, mode, verificationId, requestId }, signal }) => {
    const logger = deps.logger.child({ requestId, verificationId });
    const { pool } = deps.database;
    const steps = await findUpstreamSteps(pool, deps, { workspaceId, mode }, verificationId);
    const taken = steps.filter(({ status }) => status !== 'PENDING').flatMap(withEarlier);
    const outcomes = await Promise.all(
      taken.map(async ({ provider, ref }) => {
        try {
          if (await isShared(pool, provider.name, ref.providerRef, verificationId)) return 'DONE';
          await provider.cancel?.(ref, signal);
          return 'DONE';
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
          const { kind, reason } = error;
          logger.warn({ provider: provider.name, kind, reason }, 'not canceled');
          return kind === 'FINAL' ? 'DONE' : 'RETRY';
        }
      }),
    );
    return outcomes.includes('RETRY') ? 'RETRY' : 'DONE';
  };
}
