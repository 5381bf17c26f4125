/** Whether each kind was refused by its own gate, and by no other. A kind that was not is not what was measured. */
import { CONNECT_GATES } from '../../src/sessions/connect-gates.ts';
import { type Arm, RIGHT_CODE } from './arms.ts';
import type { Timed } from './ask.ts';
import { PHONE_LIMIT } from './send-arms.ts';
import type { Counter, Site } from './site.ts';

/** How often each gate and cap has refused, as `/metrics` tells it. */
export async function refusalsTold({ baseUrl }: Site): Promise<Map<string, number>> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text();
  const lines = text.matchAll(/^gateway_(?:connect_gates|caps_reached)_total\{(.+)\} (\d+)$/gm);
  return new Map([...lines].map(([, label = '', often]) => [label, Number(often)]));
}

/** @throws {Error} naming the kind that was refused by something else, or not at all */
export async function proveSends(
  site: Site,
  arms: readonly Arm[],
  timed: ReadonlyMap<string, Timed>,
  toldBefore: ReadonlyMap<string, number>,
): Promise<void> {
  const told = await refusalsTold(site);
  const rows = await site.query<{ email: string; sent: number }>(
    `select c.platform_customer_id as email, count(*)::int as sent from verification v
     join verification_step s on s.verification_id = v.id join customer c on c.id = v.customer_id group by 1`,
  );
  const sentOf = new Map(rows.map(({ email, sent }) => [email, sent]));
  for (const arm of arms) {
    const { isSent = false } = arm;
    answeredWith(timed.get(arm.name), arm, `{"data":{"result":{"sent":${isSent}}}}`);
    const verifications = arm.people.reduce((sum, { email }) => sum + (sentOf.get(email) ?? 0), 0);
    expectThat(arm, 'verifications', verifications, isSent ? arm.people.length : 0);
  }
  // The gate of phones is the one that nothing tells.
  for (const arm of arms) {
    const phones = arm.people.flatMap(({ phone }): Counter[] => (phone ? [['connect', 'phone', phone]] : []));
    const isClosed = (await site.fullest(arm.caller, phones)) > CONNECT_GATES.phone.max;
    expectThat(arm, 'the gate of its phones is closed', isClosed, arm.name === PHONE_LIMIT);
  }
  // A gate that closed for a kind that does not name it would be counted here too.
  for (const metric of new Set([...told.keys(), ...arms.flatMap((arm) => arm.metric ?? [])])) {
    const own = arms.filter((arm) => arm.metric === metric);
    const asked = own.reduce((sum, { name }) => sum + (timed.get(name)?.times.length ?? 0), 0);
    const counted = (told.get(metric) ?? 0) - (toldBefore.get(metric) ?? 0);
    expectThat(own[0] ?? { name: 'no kind' }, `refusals by ${metric}`, counted, asked);
  }
  await reopen(site, arms, '"sent":true');
}

/** @throws {Error} */
export async function proveGuesses(site: Site, arms: readonly Arm[], timed: ReadonlyMap<string, Timed>): Promise<void> {
  const rows = await site.query<{ email: string; guesses: number }>(
    `select c.platform_customer_id as email, v.failed_attempts as guesses from verification v
     join customer c on c.id = v.customer_id`,
  );
  const guessesOf = new Map(rows.map(({ email, guesses }) => [email, guesses]));
  for (const arm of arms) {
    answeredWith(timed.get(arm.name), arm, '{"data":{"result":{"__typename":"Refused","code":"CODE_INCORRECT"}}}');
    const sent = arm.people.filter(({ email }) => guessesOf.has(email)).length;
    expectThat(arm, 'verifications', sent, arm.isSent ? arm.people.length : 0);
    const counted = arm.people.reduce((sum, { email }) => sum + (guessesOf.get(email) ?? 0), 0);
    expectThat(arm, 'guesses', counted, (arm.guesses ?? 0) * arm.people.length);
  }
  const [row] = await site.query<{ n: number }>('select count(*)::int as n from session');
  expectThat({ name: 'all' }, 'sessions', row?.n, 0);
  await reopen(site, arms, 'CustomerSession');
}

function answeredWith(timed: Timed | undefined, arm: Arm, answer: string): void {
  expectThat(arm, 'answers', [...(timed?.answers.keys() ?? [])].map((each) => each.trim()).join(), answer);
}

/** Once the one gate is open, the same request is taken: nothing else has refused it. */
async function reopen(site: Site, arms: readonly Arm[], taken: string): Promise<void> {
  for (const arm of arms.filter(({ open }) => open)) {
    await arm.open?.(site);
    const { code, ...request } = arm.request(0);
    const again = { ...request, ...(code !== undefined && { code: RIGHT_CODE }) };
    const { answer } = await site.ask(site.keys[arm.caller][0]?.secret ?? '', again);
    expectThat(arm, 'the answer once its gate is open', answer.includes(taken) ? taken : answer, taken);
  }
}

function expectThat({ name }: Pick<Arm, 'name'>, what: string, is: unknown, should: unknown): void {
  if (is !== should) throw new Error(`${name}: ${what}: ${is}, and not ${should}`);
}
