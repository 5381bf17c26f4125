/**
 * Requests for a code, one kind for each gate of `sendConnectCode`, closed alone.
 *
 * Two have no kind. The magic recipient that is blocked is one number of test mode, whose gate of phones closes after
 * five requests. The cap of a customer is counted for their session, which may not ask for a code.
 */
import { clientOf } from '../../src/kernel/client-ip.ts';
import {
  type Arm,
  addressesOf,
  addressOf,
  cubanPhone,
  emailOf,
  freshPhone,
  numbersOf,
  peopleOf,
  times,
} from './arms.ts';
import { blocked, inUse } from './closed-phones.ts';
import type { Counter, Site } from './site.ts';

/** The kind whose gate no metric tells: that of the phone would tell two emails of one phone. */
export const PHONE_LIMIT = 'phone-limit';

/** @param count requests of each kind */
export function sendArms(count: number): Arm[] {
  const kind = (name: string, more: Partial<Arm> & { phone?: () => string | undefined } = {}): Arm & Asked => {
    const { phone, ...rest } = more;
    const ips = addressesOf(count);
    const people = rest.people ?? peopleOf(name, count, phone);
    const request = (index: number) => ({ email: emailOf(name, index), ip: addressOf(ips, index) });
    return { name, caller: 'page', request, ips, ...rest, people };
  };
  const first = (arm: string) => emailOf(arm, 0);
  const enrolls = (arm: string) => (site: Site) => site.enroll('page', [{ email: first(arm), phone: freshPhone() }]);
  const otherPhone = (arm: string) => (site: Site) => site.givePhone(first(arm), freshPhone());
  /** Customers by the column that closes their gate. */
  const marked = (name: string, shut: string, reopened: string): Arm =>
    kind(name, {
      close: async ({ query }) => {
        await query(`update customer set ${shut} where platform_customer_id = any($1)`, [emailsOf(name, count)]);
      },
      open: async ({ query }) => {
        await query(`update customer c set ${reopened} where platform_customer_id = $1`, [first(name)]);
      },
    });
  const spent = (arm: Arm & Asked, countersOf: (arm: Arm & Asked, site: Site) => Counter[]): Arm => ({
    ...arm,
    close: (site) => site.spend(arm.caller, countersOf(arm, site)),
    open: (site) => site.restore(arm.caller, countersOf(arm, site)),
  });
  /** Phones by what is counted for them. */
  const toPhones =
    (kindOf: Counter[0], names: readonly string[], part = (phone: string) => phone) =>
    (arm: Arm) =>
      names.flatMap((name) => arm.people.map(({ phone = '' }): Counter => [kindOf, name, part(phone)]));
  const prefixOf = (phone: string) => phone.slice(0, -4);

  return [
    kind('accepted', { isSent: true }),
    kind('unknown', { people: [], open: enrolls('unknown') }),
    kind('unknown-too', { people: [], open: enrolls('unknown-too') }),
    marked('deleted', 'deleted_at = now()', 'deleted_at = null'),
    kind('no-phone', { phone: () => undefined, open: otherPhone('no-phone') }),
    marked(
      'unproved-email',
      'primary_email_id = null',
      `primary_email_id = (select id from contact_point e where e.customer_id = c.id and e.kind = 'EMAIL')`,
    ),
    kind('other-mode', { home: 'live page', open: enrolls('other-mode') }),
    kind('country', { phone: cubanPhone, open: otherPhone('country') }),
    kind('premium-rate', { phone: numbersOf('+1900', 7), open: otherPhone('premium-rate') }),
    kind('no-number', { phone: numbersOf('+1415', 6), open: otherPhone('no-number') }),
    kind('unassigned', { caller: 'live page', phone: numbersOf('+491', 8), open: otherPhone('unassigned') }),
    kind('no-carrier', { caller: 'live page', phone: numbersOf('+336', 8), open: otherPhone('no-carrier') }),
    inUse(kind('in-use')),
    blocked(kind('blocked')),
    spent(kind('email-limit', { metric: 'gate="email"' }), ({ name }) =>
      emailsOf(name, count).map((email): Counter => ['connect', 'email', email]),
    ),
    spent(kind(PHONE_LIMIT), toPhones('connect', ['phone'])),
    spent(kind('ip-limit', { metric: 'gate="ip"' }), ({ ips }) =>
      ips.map((ip): Counter => ['connect', 'ip', clientOf(ip)]),
    ),
    spent(kind('cap-key', { caller: 'spent key', metric: 'cap="key"' }), (_, { keys }) =>
      keys['spent key'].map(({ keyId }): Counter => ['send', 'key', keyId]),
    ),
    spent(kind('cap-recipient-hour', { metric: 'cap="recipientHour"' }), toPhones('send', ['recipientHour'])),
    spent(kind('cap-recipient-day', { metric: 'cap="recipientDay"' }), toPhones('send', ['recipientDay'])),
    spent(
      kind('cap-prefix', { phone: numbersOf('+1212', 7), metric: 'cap="prefix"' }),
      toPhones('send', ['prefix'], prefixOf),
    ),
    spent(
      kind('cap-unconfirmed', { phone: numbersOf('+1213', 7), metric: 'cap="probe"' }),
      toPhones('send', ['unconfirmed', 'probe'], prefixOf),
    ),
    spent(kind('cap-country', { phone: numbersOf('+49151', 8), metric: 'cap="country"' }), () => [
      ['send', 'country', 'DE'],
    ]),
    spent(kind('cap-workspace', { caller: 'spent workspace', metric: 'cap="workspace"' }), () => [
      ['send', 'workspace', undefined],
    ]),
  ];
}

interface Asked {
  readonly ips: readonly string[];
}

const emailsOf = (arm: string, count: number) => times(count, (index) => emailOf(arm, index));
