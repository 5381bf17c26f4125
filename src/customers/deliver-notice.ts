/** The notice queue's handler: tells the holder of a contact that another one took its place. */
import type { NoticeJob } from '../delivery/outbox.js';
import type { Handler } from '../delivery/worker.js';
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { type ContactKind, parsePhone } from '../kernel/contact.js';
import { renderMessage } from '../messages/render.js';
import { ProviderError } from '../providers/provider.js';
import { type ProviderRegistry, textCarriers } from '../providers/registry.js';
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

/**
 * Makes the handler. A contact that was removed meanwhile, or that no provider of its mode reaches, hears nothing. Where
 * one provider fails the next is asked at once: to be told twice is better than not at all.
 */
export function createDeliverNotice({ database, providers, logger }: NoticeDeps): Handler<NoticeJob> {
  return async ({ job, isLast, signal }) => {
    const { workspaceId, mode, contactPointId, noticeId, requestId } = job;
    const holder = await runOne<Holder>(database.pool, HOLDER, [workspaceId, mode, contactPointId]);
    if (!holder) return 'DONE';
    const { kind: contactKind, locale, appName, value: recipient } = holder;
    const channel = contactKind === 'PHONE' ? 'SMS' : 'EMAIL';
    const words = renderMessage({ kind: 'notice', channel, locale, appName });
    const message = { id: noticeId, channel, recipient, locale, ...words } as const;
    let mayWorkLater = false;
    for (const provider of textCarriers(providers, { channel, mode, country: countryOf(holder) })) {
      try {
        await provider.deliver(message, signal);
        return 'DONE';
      } catch (error) {
        const { kind, reason, cause } =
          error instanceof ProviderError ? error : new ProviderError('RETRY', 'the gateway could not send it', error);
        const fields = { err: cause, requestId, contactPointId, provider: provider.name, kind, reason };
        logger.warn(fields, 'notice not delivered');
        mayWorkLater ||= kind !== 'FINAL';
        if (signal.aborted) break;
      }
    }
    return mayWorkLater && !isLast ? 'RETRY' : 'DONE';
  };
}

function countryOf({ kind, value }: Holder): string | undefined {
  const parsed = kind === 'PHONE' ? parsePhone(value) : undefined;
  return parsed && 'contact' in parsed ? parsed.contact.country : undefined;
}
