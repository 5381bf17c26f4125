/** E1, statement by statement: whatever cannot be written, an event and what it tells of are written together or not at all. */
import { afterAll, describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../src/entities/event.js';
import { hurryRetries } from '../support/database-state.js';
import { eventWays, type Listening } from '../support/event-ways.js';
import { startGateway } from '../support/harness.js';
import { listening } from '../support/listening.js';
import { PUBLIC_URL } from '../support/vendors/report.js';
import { twilioSettings } from '../support/vendors/settings.js';
import { startTwilio } from '../support/vendors/twilio.js';
import { waitFor } from '../support/wait-for.js';

const twilio = await startTwilio();
const gateway = await startGateway({
  env: { GATEWAY_PUBLIC_URL: PUBLIC_URL, ...twilioSettings(twilio.url), PROVIDER_SMS: 'twilio-messaging' },
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await twilio[Symbol.asyncDispose]();
});

const WAYS = eventWays(gateway, twilio);

/** While it works, rows of this workspace are not written there, and whatever tried is undone as by any other error. */
async function refusing(what: string, { workspace }: Listening, work: () => Promise<unknown>) {
  await gateway.sql(`create or replace function refuse_row() returns trigger language plpgsql as $$ begin
    if coalesce(new.workspace_id, old.workspace_id) = tg_argv[0]::uuid then raise exception 'refused: %', tg_argv[0]; end if;
    return coalesce(new, old); end $$`);
  const table = what.split(' ').at(-1);
  await gateway.sql(
    `create trigger refused before ${what} for each row execute function refuse_row('${workspace.id}')`,
  );
  try {
    await work();
  } finally {
    await gateway.sql(`drop trigger refused on ${table}`);
  }
}

const written = async ({ workspace }: Listening) => {
  const [row] = await gateway.sql<{ events: number; deliveries: number }>(
    `select (select count(*)::int from event where workspace_id = $1) as events,
            (select count(*)::int from event_delivery where workspace_id = $1) as deliveries`,
    [workspace.id],
  );
  return row as { events: number; deliveries: number };
};

const EVENT_TABLES = ['insert on event', 'insert on event_delivery'];
const CASES = WAYS.flatMap((way) =>
  [...EVENT_TABLES, ...way.parts].map((what) => [way.type, way.how, what, way] as const),
);

describe('E1: while a part of it cannot be written nothing is done and nothing told, and then it is, once', () => {
  test('every type of event is among them', () => {
    expect(new Set(WAYS.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
  });

  test.each(CASES)('%s (%s): no %s', async (type, _how, what, way) => {
    await using at = await listening(gateway, { eventTypes: [type] });
    const fact = () => gateway.sql(way.fact, [at.workspace.id]);
    const attempt = await way.prepare(at);
    const before = await written(at);
    await refusing(what, at, async () => {
      expect(await attempt()).toBe('REFUSED');
      expect(await fact()).toEqual([way.undone]);
      expect(await written(at)).toEqual(before);
    });
    if (!way.isWorked) expect(await attempt()).toBe('DONE');
    const { events = 1 } = way;
    await waitFor('it is told', async () => {
      await hurryRetries(gateway.sql);
      return at.sink.told.length >= before.events + events;
    });
    expect(await fact()).toEqual([way.done]);
    expect(at.sink.told.slice(before.events).map((told) => told.type)).toEqual(Array(events).fill(type));
    expect(await written(at)).toEqual({ events: before.events + events, deliveries: before.deliveries + events });
  });
});
