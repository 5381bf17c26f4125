/** One request must not stop the others: what is costly is refused before it costs, and its answer is short. */
import { afterAll, expect, test } from 'vitest';
import { COSTLY } from '../support/costly.js';
import { errorOf, postBody } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const { test: caller } = await gateway.workspace();

/** Milliseconds that the main thread has worked. */
const worked = () => process.threadCpuUsage().user / 1_000;
let number = 0;

test.each(Object.entries(COSTLY))('a process blocked by %s: the thread works a moment for it', async (_, costly) => {
  const costs: number[] = [];
  for (let times = 0; times < 5; times += 1) {
    number += 1;
    const { body, headers = {} } = costly(number);
    const before = worked();
    const answer = await postBody(gateway.url, body, { key: caller.key, headers });
    costs.push(worked() - before);
    expect(answer.status).toBeLessThan(500);
    expect(JSON.stringify(answer.body).length).toBeLessThan(100_000);
    for (const { extensions } of answer.body.errors ?? []) expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  }
  // A tenth of it is usual, and what was found to block took from half a second to nine.
  expect(Math.min(...costs)).toBeLessThan(400);
});

test('a process blocked by a media type: one of more than 255 characters is refused unread', async () => {
  const sent = (type: string) =>
    postBody(gateway.url, '{"query":"{ viewer { mode } }"}', { key: caller.key, headers: { 'content-type': type } });
  expect((await sent(`application/json${' '.repeat(235)};a=b`)).status).toBe(200);
  const refused = await sent(`application/json${' '.repeat(240)};a=b`);
  expect(refused.status).toBe(415);
  expect(errorOf(refused).code).toBe('BAD_REQUEST');
});

test('an answer made long by faults: the first twenty of a document and the first three of variables are told', async () => {
  const faultsOf = async (attack: keyof typeof COSTLY) =>
    (await postBody(gateway.url, (COSTLY[attack] as (at: number) => { body: string })(0).body, { key: caller.key }))
      .body.errors?.length;
  expect(await faultsOf('unknown fields with names like known ones')).toBe(21);
  expect(await faultsOf('an input of 7,000 unknown fields')).toBe(4);
});
