/** Which verification a guess is for, as a statement finds it. */
import type { Reach } from '../access/principal.js';
import type { ValuesOfWorld } from '../entities/told.js';
import type { ContactKind } from '../kernel/contact.js';

/** Which verification a guess is for: one by id, or a customer's newest by code for a contact. */
export interface Target {
  verificationId?: string;
  customerId?: string;
  contactKind?: ContactKind;
  identity?: string;
}

// In test mode everybody knows the code, so it is none for a contact that nothing can be sent to; of a verification that
// has ended by it, the answer says so.
const isUnreachable = (verification: string) => `
  s.mode = 'TEST' and s.sends = 0 and s.status = 'FAILED'
  and (s.index <> ${verification}.current_step_index or ${verification}.status = 'PENDING')`;

/**
 * The steps of a verification that a guess can be for: a code was sent, and to the contact that is asked about. One that
 * waits for failover has sent none: asking about its contact finds nothing and costs no attempt.
 * @param verification its alias in the statement
 */
export const sentTo = (verification: string, column = '') => `
      select ${column} from verification_step s
      where s.workspace_id = $1 and s.mode = $2 and s.verification_id = ${verification}.id and s.status <> 'PENDING'
        and not (${isUnreachable(verification)})
        and ($5::text is null or ($5 = 'EMAIL') = (s.channel = 'EMAIL')) and ($6::text is null or s.identity = $6)`;

const BY_ID = `
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and t.id = $3
    and ($4::uuid is null or t.customer_id = $4)
    and ($5::text is null and $6::text is null or exists (${sentTo('t')}))`;

// By the kind of its first step, as the index has them: failover may have sent a code to a contact of the other kind.
const newestOf = (firstKind: ContactKind) => `(
  select t.id from verification t where t.workspace_id = $1 and t.mode = $2 and $3::uuid is null
    and t.customer_id = $4 and t.contact_kind = '${firstKind}' and t.kind = 'CODE' and exists (${sentTo('t')})
  order by t.id desc limit 1)`;

const NEWEST = `
  select newest.id from (${newestOf('EMAIL')} union all ${newestOf('PHONE')}) newest
  order by newest.id desc limit 1`;

/** One statement for each way to name a verification: they differ in the plan that PostgreSQL keeps. */
export interface Variants<Statement> {
  readonly byId: Statement;
  readonly newest: Statement;
}

/** Both statements, each with its subquery for the id of the verification. @see valuesOf */
export const variantsOf = <Statement>(statement: (target: string) => Statement): Variants<Statement> => ({
  byId: statement(BY_ID),
  newest: statement(NEWEST),
});

/** The statement for what a target names. */
export const variantFor = <Statement>(variants: Variants<Statement>, { verificationId }: Target): Statement =>
  verificationId === undefined ? variants.newest : variants.byId;

/** $1 to $6. A customer is always themselves: what is anybody else's is found by no statement of theirs. */
export const valuesOf = ({ workspaceId, mode, customerId }: Reach, target: Target): ValuesOfWorld => [
  workspaceId,
  mode,
  target.verificationId ?? null,
  customerId ?? target.customerId ?? null,
  target.contactKind ?? null,
  target.identity ?? null,
];
