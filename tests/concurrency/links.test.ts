/** Clicks that race at two processes on PostgreSQL: one verifies. */
import { afterAll, describe, expect, test } from 'vitest';
import { createFleet } from '../support/fleet.js';
import { whileHeld } from '../support/held-rows.js';
import { click, open, sendLink, tokenOf } from '../support/links.js';
import { sharedPostgres } from '../support/shared-postgres.js';

const SECRET = 'the one secret of every process that this test knows';
const REDIRECT = 'https://app.acme.example/verified';
const fleet = await createFleet(sharedPostgres(), { GATEWAY_SECRET: SECRET });
afterAll(() => fleet[Symbol.asyncDispose]());
const processes = await Promise.all([fleet.start(['serve']), fleet.start(['serve'])]);

async function workspace() {
  const made = await fleet.workspace(processes);
  await fleet.sql('update workspace set redirect_uris = $2 where id = $1', [made.id, [REDIRECT]]);
  return made;
}
type Workspace = Awaited<ReturnType<typeof workspace>>;

let people = 0;
/** A link to a customer of their own; clicks go round the processes. */
async function sent({ id: workspaceId, test: caller }: Workspace, email = `racer${++people}@example.com`, more = {}) {
  const { id: customerId } = await caller.createCustomer();
  const { verification } = await sendLink(caller, { customerId, email, redirectUri: REDIRECT, ...more });
  const path = `/l/${tokenOf(SECRET, workspaceId, 'TEST', verification?.id as string)}`;
  const pages = processes.map(({ url }) => `${url}${path}`);
  return { customerId, page: (turn: number) => pages[turn % pages.length] as string };
}

/** How often each answer came. */
function tally(answers: { status: number; location: string | null }[]): Record<string, number> {
  const names = answers.map(({ status, location }) => `${status} ${location?.split('?')[1] ?? ''}`.trim());
  return Object.fromEntries(
    Object.entries(Object.groupBy(names, (name) => name)).map(([name, all]) => [name, all?.length ?? 0]),
  );
}

const uuidOf = (id: string) => id.slice(id.indexOf(':') + 1);
const times = <Result>(count: number, make: (index: number) => Result) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('C9: a hundred clicks at once, at two processes', () => {
  test('among a hundred openings: one verifies, one contact is there', async () => {
    const { customerId, page } = await sent(await workspace());
    const clicks = times(100, (turn) => click(page(turn)));
    const openings = times(100, (turn) => open(page(turn)));
    expect(tally(await Promise.all(clicks))).toEqual({ '303 result=true': 1, '303 result=false': 99 });
    expect((await Promise.all(openings)).every(({ status }) => status === 200 || status === 303)).toBe(true);
    const points = await fleet.sql('select 1 from contact_point where customer_id = $1', [uuidOf(customerId)]);
    expect(points).toHaveLength(1);
  });

  test('with updatePrimary: the address that gives way is told once', async () => {
    const made = await workspace();
    const first = await sent(made);
    await click(first.page(0));
    const customerId = uuidOf(first.customerId);
    const { verification } = await sendLink(made.test, {
      customerId: first.customerId,
      email: `racer${++people}@example.com`,
      redirectUri: REDIRECT,
      updatePrimary: true,
    });
    const path = `/l/${tokenOf(SECRET, made.id, 'TEST', verification?.id as string)}`;
    const answers = await Promise.all(times(100, (turn) => click(`${processes[turn % 2]?.url}${path}`)));
    expect(tally(answers)).toEqual({ '303 result=true': 1, '303 result=false': 99 });
    const notices = await fleet.sql(
      `select 1 from pgboss.job j join contact_point p on p.id = (j.data->>'contactPointId')::uuid
       where j.name = 'contact-notice' and p.customer_id = $1`,
      [customerId],
    );
    expect(notices).toHaveLength(1);
  });
});

test('two customers who click links to one address at once, twenty times: one has it', async () => {
  for (let race = 0; race < 20; race += 1) {
    const made = await workspace();
    const links = [await sent(made, 'shared@example.com'), await sent(made, 'shared@example.com')];
    const answers = await Promise.all(links.map(({ page }, turn) => click(page(turn))));
    expect(tally(answers)).toEqual({ '303 result=true': 1, '303 result=false': 1 });
  }
});

test('two links that replace one primary at once, twenty times: each contact that gives way is told once', async () => {
  for (let race = 0; race < 20; race += 1) {
    const made = await workspace();
    const { customerId, page } = await sent(made);
    await click(page(0));
    const links = await Promise.all(
      times(2, async () => {
        const email = `racer${++people}@example.com`;
        const input = { customerId, email, redirectUri: REDIRECT, updatePrimary: true };
        const { verification } = await sendLink(made.test, input);
        return `/l/${tokenOf(SECRET, made.id, 'TEST', verification?.id as string)}`;
      }),
    );
    const answers = await Promise.all(links.map((path, turn) => click(`${processes[turn]?.url}${path}`)));
    expect(tally(answers)).toEqual({ '303 result=true': 2 });
    const told = await fleet.sql<{ id: string }>(
      `select p.id from pgboss.job j join contact_point p on p.id = (j.data->>'contactPointId')::uuid
       where j.name = 'contact-notice' and p.customer_id = $1`,
      [uuidOf(customerId)],
    );
    const left = await fleet.sql<{ id: string }>(
      `select p.id from contact_point p join customer c on c.id = p.customer_id
       where c.id = $1 and p.id <> c.primary_email_id`,
      [uuidOf(customerId)],
    );
    expect(told.map(({ id }) => id).sort()).toEqual(left.map(({ id }) => id).sort());
  }
});

describe('a link that ends between the opening of its page and the click', () => {
  test.each([
    ['by the clock', `expires_at = now() - interval '1 second'`],
    ['by being canceled', `status = 'CANCELED'`],
    ['by another click', `status = 'VERIFIED', verified_at = now()`],
  ])('%s, is not taken: the statement that spends it looks again', async (_, change) => {
    const { customerId, page } = await sent(await workspace());
    // The click reads a link that is open, and then waits.
    const ending = `update verification set ${change} where customer_id = $1 returning 1`;
    const answer = await whileHeld(fleet.sql, uuidOf(customerId), [ending], () => click(page(0)));
    expect(tally([answer])).toEqual({ '303 result=false': 1 });
    const points = await fleet.sql('select 1 from contact_point where customer_id = $1', [uuidOf(customerId)]);
    expect(points).toEqual([]);
  });
});
