/**
 * Guesses, one kind for each refusal of `confirmConnectCode`. All but the wrong ones are of the right code, so that
 * nothing but the gate refuses them.
 *
 * A code of another length has no kind: connect has one length, and text of another is told to be none.
 */
import {
  type Arm,
  addressesOf,
  addressOf,
  cubanPhone,
  emailOf,
  freshPhone,
  peopleOf,
  RIGHT_CODE,
  WRONG_CODE,
} from './arms.ts';
import { blocked, inUse } from './closed-phones.ts';
import type { Site } from './site.ts';

const OF_ARM = 'v.customer_id = c.id and c.platform_customer_id = any($1)';

/** @param count guesses of each kind */
export function confirmArms(count: number): Arm[] {
  const past = `now() - interval '1 second'`;
  const future = `now() + interval '1 hour'`;
  const kind = (name: string, more: Partial<Arm> = {}): Arm => {
    const ips = addressesOf(count);
    const request = (index: number) => ({ email: emailOf(name, index), ip: addressOf(ips, index), code: RIGHT_CODE });
    const people = more.people ?? peopleOf(name, count);
    return { name, caller: 'page', request, hasAsked: true, isSent: true, guesses: 0, ...more, people };
  };
  /** Verifications, or what belongs to them, as something that happened since has left them. */
  const since = (name: string, shut: string, reopened: string, guesses = 0): Arm => {
    const arm = kind(name, { guesses });
    return {
      ...arm,
      close: async ({ query }) => void (await query(shut, [arm.people.map(({ email }) => email)])),
      open: async ({ query }) => void (await query(reopened, [[emailOf(name, 0)]])),
    };
  };
  const verification = (change: string) => `update verification v set ${change} from customer c where ${OF_ARM}`;
  const customer = (change: string) => `update customer set ${change} where platform_customer_id = any($1)`;
  const both = `
    with v as (update verification v set expires_at = ${past} from customer c where ${OF_ARM} returning v.id)
    update connect_attempt a set expires_at = ${past} from v where a.verification_id = v.id`;
  /** Asks again, once somebody is there who can be sent a code. */
  const asks = async (site: Site, arm: Arm) => {
    const { code: _, ...request } = arm.request(0);
    await site.ask(site.keys.page[0]?.secret ?? '', request);
  };
  const nobody = (name: string, hasAsked: boolean): Arm => {
    const arm = kind(name, { people: [], hasAsked, isSent: false });
    const open = async (site: Site) => {
      await site.enroll('page', [{ email: emailOf(name, 0), phone: freshPhone() }]);
      await asks(site, arm);
    };
    return { ...arm, open };
  };
  const wrong = kind('wrong-code', { guesses: 1, open: async () => {} });
  const refused = kind('refused', { people: peopleOf('refused', count, cubanPhone), isSent: false });
  const notAsked = kind('not-asked', { hasAsked: false, isSent: false });
  const expired = since('expired', both, '');

  return [
    { ...wrong, request: (index) => ({ ...wrong.request(index), code: WRONG_CODE }) },
    nobody('decoy', true),
    nobody('decoy-too', true),
    nobody('nobody', false),
    {
      ...refused,
      open: async (site) => {
        await site.givePhone(emailOf('refused', 0), freshPhone());
        await asks(site, refused);
      },
    },
    { ...notAsked, open: (site) => asks(site, notAsked) },
    since('attempts-spent', verification('failed_attempts = max_attempts'), verification('failed_attempts = 0'), 3),
    // Upkeep removes what was asked for once it has expired, so that there is nothing to open but a new one.
    { ...expired, open: (site) => asks(site, expired) },
    // The magic recipient of test mode: the request stands, its verification is over.
    since('expired-early', verification(`expires_at = ${past}`), verification(`expires_at = ${future}`)),
    since(
      'used',
      verification(`status = 'VERIFIED', verified_at = now()`),
      verification(`status = 'PENDING', verified_at = null`),
    ),
    since('canceled', verification(`status = 'CANCELED'`), verification(`status = 'PENDING'`)),
    since('undelivered', verification(`status = 'FAILED'`), verification(`status = 'PENDING'`)),
    since('deleted-since', customer('deleted_at = now()'), customer('deleted_at = null')),
    blocked(kind('blocked-since')),
    // Counted, compared and found right: what counted it has seen that the phone is another's.
    inUse(kind('in-use-since', { guesses: 1 })),
  ];
}
