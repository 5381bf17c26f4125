/** The steps of a verification as vendors that hold the code know them. */
import type { World } from '../access/principal.js';
import { type Connection, run } from '../entities/database.js';
import { prepared } from '../entities/prepared.js';
import type { Channel, StepStatus } from '../entities/verification-step.js';
import type { KeyRing } from '../kernel/key-ring.js';
import type { UpstreamStepRef, VerificationProvider } from '../providers/provider.js';
import type { ProviderRegistry } from '../providers/registry.js';
import { findGrant } from './upstream-grant.js';

export interface UpstreamDeps {
  readonly providers: ProviderRegistry;
  /** What users' tokens are sealed under. */
  readonly userTokenKeys: KeyRing;
}

export interface UpstreamStep {
  readonly index: number;
  readonly identity: string;
  readonly sends: number;
  readonly status: StepStatus;
  readonly provider: VerificationProvider;
  readonly ref: UpstreamStepRef;
  /** Whether it goes to the customer's primary contact, as that is now. */
  readonly isPrimary: boolean;
  /** The vendor's ids of what it sent for this step before: those codes stay good. */
  readonly earlierRefs: readonly string[];
}

interface Row {
  index: number;
  channel: Channel;
  recipient: string;
  identity: string;
  provider: string;
  providerRef: string | null;
  earlierRefs: string[];
  isPrimary: boolean;
  position: number;
  sends: number;
  status: StepStatus;
  platformCustomerId: string;
  email: string | null;
}

const FIND = prepared(`
  select s.index, s.channel, s.recipient, s.identity, s.provider, s.provider_ref as "providerRef", s.earlier_refs as "earlierRefs",
         s.sends, s.status,
         (s.index - min(s.index) over (partition by s.provider, s.provider_ref, s.identity))::int as position,
         c.platform_customer_id as "platformCustomerId", e.value as email,
         s.identity in (e.identity, p.identity) is true as "isPrimary"
  from verification v
  join verification_step s on s.workspace_id = $1 and s.mode = $2 and s.verification_id = $3
  join customer c on c.workspace_id = $1 and c.mode = $2 and c.id = v.customer_id
  left join contact_point e on e.workspace_id = $1 and e.mode = $2 and e.id = c.primary_email_id
  left join contact_point p on p.workspace_id = $1 and p.mode = $2 and p.id = c.primary_phone_id
  where v.workspace_id = $1 and v.mode = $2 and v.id = $3
  order by s.index = v.current_step_index desc, s.index desc`);

/**
 * All of them, the current one first: those whose turn has come, and those that wait (`PENDING`).
 * @param userToken the caller's own, which goes before the one that was lent
 */
export async function findUpstreamSteps(
  pool: Connection,
  { providers, userTokenKeys }: UpstreamDeps,
  world: World,
  verificationId: string,
  userToken?: string,
): Promise<UpstreamStep[]> {
  const rows = await run<Row>(pool, FIND, [world.workspaceId, world.mode, verificationId]);
  const held = rows.flatMap((row) => {
    const provider = providers.find(row.provider);
    return provider?.custody === 'PROVIDER' ? [{ row, provider }] : [];
  });
  const wantsToken = held.some(({ provider }) => provider.capabilities.needs?.includes('userToken'));
  const token = wantsToken ? (userToken ?? (await findGrant(pool, userTokenKeys, world, verificationId))) : undefined;
  return held.map(({ row, provider }) => {
    const { index, identity, sends, status, isPrimary, earlierRefs, ...known } = row;
    const { channel, recipient, providerRef, position, platformCustomerId, email } = known;
    // Nobody is told more than they ask for.
    const isLent = token !== undefined && provider.capabilities.needs?.includes('userToken');
    const isNamed = email !== null && provider.capabilities.needs?.includes('email');
    const subject = { platformCustomerId, ...(isNamed && { email }), ...(isLent && { userToken: token }) };
    return {
      index,
      identity,
      sends,
      status,
      provider,
      ref: { providerRef: providerRef ?? undefined, position, channel, recipient, subject },
      isPrimary,
      earlierRefs,
    };
  });
}

/** The steps around one that the same vendor has for the same contact: with one code for them, no other is proven by it. */
export interface UpstreamRun {
  /** The step before it that was sent last, by which the vendor's verification goes on. */
  readonly open: UpstreamStep | undefined;
  /** Those that wait behind it. */
  readonly later: readonly UpstreamStep[];
}

/** @param steps all of the verification, in any order */
export function runAround(steps: readonly UpstreamStep[], step: UpstreamStep): UpstreamRun {
  const at = new Map(steps.map((each) => [each.index, each]));
  const along = (by: 1 | -1): UpstreamStep[] => {
    const run: UpstreamStep[] = [];
    for (let next = at.get(step.index + by); next && isAlike(next, step); next = at.get(next.index + by))
      run.push(next);
    return run;
  };
  const later = along(1);
  const firstSent = later.findIndex(({ status }) => status !== 'PENDING');
  return { open: along(-1).find(isSent), later: firstSent < 0 ? later : later.slice(0, firstSent) };
}

const isAlike = (one: UpstreamStep, other: UpstreamStep): boolean =>
  one.provider.name === other.provider.name && one.identity === other.identity;

/** The step by each id that the vendor gave it: one that was sent again may have a code for each. */
export const withEarlier = (step: UpstreamStep): UpstreamStep[] => [
  step,
  ...step.earlierRefs.map((providerRef) => ({ ...step, ref: { ...step.ref, providerRef } })),
];

/** Whether the vendor means this recipient: one that sends to the contact that it has of a customer means that one only. */
export const isMeant = ({ provider, isPrimary }: UpstreamStep): boolean =>
  isPrimary || !provider.capabilities.needs?.includes('primary');

/** Whether the vendor can be asked about what it sent: by its id, or by the recipient. */
export const isSent = ({ sends, provider, ref }: UpstreamStep): boolean =>
  sends > 0 && (provider.knownBy === 'RECIPIENT' || ref.providerRef !== undefined);
