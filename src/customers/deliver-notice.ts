/** The notice queue's handler: tells the holder of a contact that another one took its place. */
import type { NoticeJob } from '../delivery/outbox.js';
import type { Handler } from '../delivery/worker.js';
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { ContactKind } from '../kernel/contact.js';
import { renderMessage } from '../messages/render.js';
import { ProviderError } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import type { Logger } from '../telemetry/logger.js';

export interface NoticeDeps {
  readonly database: Database;
  readonly providers: ProviderRegistry;
  readonly logger: Logger;
}

interface Holder {
  readonly kind: ContactKind;
  readonly value: string;
  readonly locale: string;
  readonly appName: string;
}

const HOLDER = prepared(`
  select p.kind, p.value, coalesce(c.locale, w.default_locale) as locale, w.app_name as "appName"
  from contact_point p
  join customer c on c.workspace_id = p.workspace_id and c.mode = p.mode and c.id = p.customer_id
  join workspace w on w.id = p.workspace_id
  where p.workspace_id = $1 and p.mode = $2 and p.id = $3`);

/** Makes the handler. A contact that was removed meanwhile, or that no provider of its mode reaches, hears nothing. */
export function createDeliverNotice({ database, providers, logger }: NoticeDeps): Handler<NoticeJob> {
  return async ({ job, isLast, signal }) => {
    const { workspaceId, mode, contactPointId, noticeId, requestId } = job;
    const holder = await runOne<Holder>(database.pool, HOLDER, [workspaceId, mode, contactPointId]);
    const channel = holder?.kind === 'PHONE' ? 'SMS' : 'EMAIL';
    const provider = providers.choose(channel, mode);
    if (!holder || !provider) return 'DONE';
    const { locale, appName, value: recipient } = holder;
    const message = renderMessage({ kind: 'notice', channel, locale, appName });
    try {
      await provider.deliver({ id: noticeId, channel, recipient, ...message }, signal);
      return 'DONE';
    } catch (error) {
      const { kind, reason } =
        error instanceof ProviderError ? error : new ProviderError('RETRY', 'the gateway could not send it', error);
      logger.warn({ err: error, requestId, contactPointId, provider: provider.name, reason }, 'notice not delivered');
      return kind === 'RETRY' && !isLast ? 'RETRY' : 'DONE';
    }
  };
}
