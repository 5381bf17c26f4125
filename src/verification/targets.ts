/** The steps of a verification as those who may send by one look at them. */
import type { World } from '../access/principal.js';
import { type Connection, run } from '../entities/database.js';
import { MAX_WRONG_GUESSES } from '../entities/guess-streak.js';
import { prepared } from '../entities/prepared.js';
import { type Channel, contactKindOf, type StepStatus } from '../entities/verification-step.js';
import { type Contact, storedContact } from '../kernel/contact.js';

export interface TargetStep {
  readonly index: number;
  readonly status: StepStatus;
  readonly sends: number;
  readonly contact: Contact;
  /** Whether wrong guesses have blocked its contact. */
  readonly isBlocked: boolean;
  /** Seconds until the verification's cooldown is over. */
  readonly wait: number;
}

interface TargetRow extends Omit<TargetStep, 'contact'> {
  channel: Channel;
  recipient: string;
}

/** True in SQL where wrong guesses have blocked the identity; the statement's first values are the world. */
export const isBlocked = (identity: string): string => `exists (
      select from guess_streak g where g.workspace_id = $1 and g.mode = $2 and g.identity = ${identity}
        and g.wrong_guesses >= ${MAX_WRONG_GUESSES})`;

/** True in SQL of a verification `v` whose customer was deleted: a send that came meanwhile leaves one that nobody canceled. */
export const IS_GONE = `exists (
      select from customer c where c.workspace_id = $1 and c.mode = $2 and c.id = v.customer_id
        and c.deleted_at is not null)`;

const STEPS = prepared(`
  select s.index, s.status, s.sends, s.channel, s.recipient, ${isBlocked('s.identity')} as "isBlocked",
         ceil(extract(epoch from v.resend_available_at - now()))::int as wait
  from verification v
  join verification_step s on s.workspace_id = $1 and s.mode = $2 and s.verification_id = v.id
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3 and not ${IS_GONE}
  order by s.index`);

/** In the order in which failover takes them: the step at a place is the step of that index. A deleted customer has none. */
export async function readTargets(pool: Connection, { workspaceId, mode }: World, id: string): Promise<TargetStep[]> {
  const rows = await run<TargetRow>(pool, STEPS, [workspaceId, mode, id]);
  return rows.map(({ channel, recipient, ...row }) => ({
    ...row,
    contact: storedContact(contactKindOf(channel), recipient),
  }));
}
