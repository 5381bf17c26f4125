/** The notice queue's handler: tells the holder of a contact that another one took its place. */

import type { LimitLedger } from '../access/limit-ledger.js';
import { scaledLimit } from '../access/limit-scale.js';
import { type NoticeJob, noticeRecipient } from '../delivery/notice-job.js';
import type { Handler } from '../delivery/perform.js';
import { type Database, runOne } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import { limitKey, storedContact } from '../kernel/contact.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { chooseLocale } from '../messages/locale.js';
import { renderMessage } from '../messages/render.js';
import { asProviderError } from '../providers/fault.js';
import { type ProviderRegistry, textCarriers } from '../providers/registry.js';
import type { Logger } from '../telemetry/logger.js';

export interface NoticeDeps {
  readonly database: Database;
  readonly noticeKeys: KeyRing;
  readonly providers: ProviderRegistry;
  readonly ledger: Pick<LimitLedger, 'reserve' | 'release'>;
  /** Multiplies the cap, as every other; for load tests. */
  readonly limitScale: number;
  readonly logger: Logger;
}

/** Who changes to and fro is told so often in an hour, and could otherwise have messages sent without end. */
const NOTICES = { max: 5, windowMs: 3_600_000 };

interface Told {
  readonly locale: string | null;
  readonly defaultLocale: string;
  readonly appName: string;
}

const TOLD = prepared(`
  select c.locale, w.default_locale as "defaultLocale", w.app_name as "appName"
  from customer c join workspace w on w.id = c.workspace_id
  where c.workspace_id = $1 and c.mode = $2 and c.id = $3`);

/**
 * Makes the handler. A contact that no provider of its mode reaches hears nothing; one that was removed meanwhile is
 * told. Where one provider fails the next is asked at once: to be told twice is better than not at all.
 */
export function createDeliverNotice(deps: NoticeDeps): Handler<NoticeJob> {
  const { database, noticeKeys, providers, ledger, limitScale, logger } = deps;
  const max = scaledLimit(NOTICES.max, limitScale);

  return async ({ job, isLast, signal }) => {
    const { workspaceId, mode, customerId, contactPointId, noticeId, kind: contactKind, requestId } = job;
    const told = await runOne<Told>(database.pool, TOLD, [workspaceId, mode, customerId]);
    if (!told) return 'DONE';
    const { appName } = told;
    const recipient = noticeRecipient(noticeKeys, job);
    const contact = storedContact(contactKind, recipient);
    const locale = chooseLocale(undefined, told.locale, contact, told.defaultLocale);
    // A counter of its own: nobody silences a notice by having codes sent.
    const name = JSON.stringify(['notice', workspaceId, mode, limitKey(recipient)]);
    const hit = { workspaceId, name, ...NOTICES, max };
    const { before, endsAt } = await ledger.reserve(hit);
    if (before >= max) {
      logger.info({ requestId, contactPointId }, 'notice not sent: the contact was told often enough');
      return 'DONE';
    }
    const channel = contactKind === 'PHONE' ? 'SMS' : 'EMAIL';
    const words = renderMessage({ kind: 'notice', channel, locale, appName });
    const message = { id: noticeId, channel, recipient, locale, ...words } as const;
    let mayWorkLater = false;
    for (const provider of textCarriers(providers, { channel, mode, country: contact.country })) {
      try {
        await provider.deliver(message, signal);
        return 'DONE';
      } catch (error) {
        const { kind, reason, cause } = asProviderError(error);
        const fields = { err: cause, requestId, contactPointId, provider: provider.name, kind, reason };
        logger.warn(fields, 'notice not delivered');
        mayWorkLater ||= kind !== 'FINAL';
        if (signal.aborted) break;
      }
    }
    // Nobody is known to have been told: the next try must not find it counted.
    await ledger.release({ hit, count: 1, endsAt });
    return mayWorkLater && !isLast ? 'RETRY' : 'DONE';
  };
}
