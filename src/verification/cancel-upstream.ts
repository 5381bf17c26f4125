/** The queue's handler that tells vendors of a canceled verification. Best effort: the gateway takes no guess any more. */

import type { CancelJob } from '../delivery/outbox.js';
import type { Handler } from '../delivery/worker.js';
import type { Database } from '../entities/database.js';
import { ProviderError } from '../providers/provider.js';
import type { Logger } from '../telemetry/logger.js';
import { findUpstreamSteps, type UpstreamDeps } from './upstream-steps.js';

export interface CancelUpstreamDeps extends UpstreamDeps {
  readonly database: Database;
  readonly logger: Logger;
}

export function createCancelUpstream(deps: CancelUpstreamDeps): Handler<CancelJob> {
  return async ({ job: { workspaceId, mode, verificationId, requestId }, signal }) => {
    const logger = deps.logger.child({ requestId, verificationId });
    const steps = await findUpstreamSteps(deps.database.pool, deps, { workspaceId, mode }, verificationId);
    const taken = steps.filter(({ status }) => status !== 'PENDING');
    const outcomes = await Promise.all(
      taken.map(async ({ provider, ref }) => {
        try {
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
