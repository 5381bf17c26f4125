/** Two thousand refusals, half of them about customers who are there: nothing in any of them tells which half. */
import { afterAll, expect, test } from 'vitest';
import { createBrowser, newPerson } from '../support/connect.js';
import type { Answer } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';
import { inTurns } from '../support/in-turns.js';

const PEOPLE = 1_000;
const gateway = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' }, work: false });
afterAll(() => gateway[Symbol.asyncDispose]());

/** All of an answer that its receiver sees, but for what is different in every answer. */
function visible({ status, headers, body }: Answer): string {
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return JSON.stringify({ status, headers: kept, body });
}

async function refusalsOf(reply: 'EXACT' | 'UNIFORM') {
  const workspace = await gateway.workspace();
  await gateway.sql('update workspace set connect_reply = $2 where id = $1', [workspace.id, reply]);
  const browser = await createBrowser(gateway.url, workspace);
  const enrolled = Array.from({ length: PEOPLE }, newPerson);
  const unknown = Array.from({ length: PEOPLE }, newPerson);
  await gateway.sql(
    `with c as (
       insert into customer (workspace_id, mode, id, platform_customer_id, uma_address)
       select $1, 'TEST', gen_random_uuid(), email, '$' || email from unnest($2::text[]) email returning id, platform_customer_id as email
     ), p as (
       insert into contact_point (workspace_id, mode, id, customer_id, kind, value, identity)
       select $1, 'TEST', gen_random_uuid(), c.id, k.kind, k.value, k.value
       from unnest($2::text[], $3::text[]) n (email, phone) join c on c.email = n.email
       cross join lateral (values ('EMAIL', n.email), ('PHONE', n.phone)) k (kind, value) returning id, customer_id, kind
     ) select`,
    [workspace.id, enrolled.map(({ email }) => email), enrolled.map(() => '+5352123456')],
  );
  await gateway.sql(
    `update customer c set
       primary_email_id = (select id from contact_point p where p.customer_id = c.id and kind = 'EMAIL'),
       primary_phone_id = (select id from contact_point p where p.customer_id = c.id and kind = 'PHONE')
     where workspace_id = $1`,
    [workspace.id],
  );
  const answers = async (people: typeof enrolled) => {
    const seen = await inTurns(
      20,
      people.map(
        ({ email }) =>
          async () =>
            visible(await browser.send(email)),
      ),
    );
    return new Set(seen);
  };
  return { known: await answers(enrolled), unknown: await answers(unknown) };
}

test.each(['EXACT', 'UNIFORM'] as const)(
  'S9: a thousand enrolled and a thousand unknown emails are refused byte for byte alike, where replies are %s',
  async (reply) => {
    const { known, unknown } = await refusalsOf(reply);
    expect(known.size).toBe(1);
    expect([...known]).toEqual([expect.stringContaining(`"sent":${reply === 'UNIFORM'}`)]);
    expect(unknown.size).toBe(1);
    expect([...known]).toEqual([...unknown]);
  },
  120_000,
);
