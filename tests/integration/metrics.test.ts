import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countryOf } from '../../src/kernel/contact.js';
import { CONNECT_GATES } from '../../src/sessions/connect-gates.js';
import { SEND_CAPS } from '../../src/verification/send-cap-counters.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { startGateway, type TestGateway } from '../support/harness.js';
import { listening } from '../support/listening.js';
import { sampleIn, scrape } from '../support/metrics.js';
import { idOf, post, publish } from '../support/operations.js';
import { askSteps } from '../support/stepped.js';
import { waitFor } from '../support/wait-for.js';
import type { TestWorkspace } from '../support/workspace.js';

const PHONE = '+33612345678';
const EMAIL = 'ada.lovelace@example.com';
const sms = { channel: 'SMS', provider: 'test-mode', mode: 'TEST', country: 'FR' };

let gateway: TestGateway;
let workspace: TestWorkspace;
beforeAll(async () => {
  gateway = await startGateway();
  workspace = await gateway.workspace();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const sample = async (name: string, labels: Record<string, string>) =>
  sampleIn(await scrape(gateway.url), name, labels);

describe('/metrics', () => {
  test('tells messages and what became of them by channel, provider, mode and country', async () => {
    const { test: caller } = workspace;
    const { id } = await caller.createCustomer({ phone: PHONE });
    const { id: verificationId } = await caller.sendPhone(id);
    const sent = () => sample('gateway_messages_total', { ...sms, outcome: 'SENT' });
    await waitFor('the message is counted', async () => (await sent()) === 1);

    await caller.call('confirm', { input: { verificationId, code: '000000' } });
    await caller.call('confirm', { input: { verificationId, code: '123456' } });
    await caller.call('confirm', { input: { verificationId, code: '123456' } });
    expect(await sample('gateway_verified_total', sms)).toBe(1);
    const confirms = (outcome: string) =>
      sample('gateway_outcomes_total', { use_case: 'confirmVerification', outcome });
    expect([await confirms('CONFIRMED'), await confirms('INCORRECT'), await confirms('FINISHED')]).toEqual([1, 1, 1]);
  });

  test('tells a cancellation that was made from one that came after it, and neither as a message that was sent', async () => {
    const { test: caller } = workspace;
    const { id } = await caller.createCustomer({ email: 'hedy.lamarr@example.com' });
    const { id: verificationId } = await caller.sendEmail(id);
    for (let times = 0; times < 3; times += 1) await askSteps(caller, 'cancel', { verificationId });
    const cancels = (outcome: string) => sample('gateway_outcomes_total', { use_case: 'cancelVerification', outcome });
    expect([await cancels('ENDED'), await cancels('CANCELED'), await cancels('SENT')]).toEqual([1, 2, 0]);
  });

  test('tells a phone that connect has verified, once, as one that any other code has', async () => {
    const { test: caller } = workspace;
    const person = newPerson();
    await caller.createCustomer(person);
    const labels = { ...sms, country: String(countryOf(person.phone)) };
    const before = await sample('gateway_verified_total', labels);
    await (await createBrowser(gateway.url, workspace)).connect(person.email);
    expect(await sample('gateway_verified_total', labels)).toBe(before + 1);
  });

  test('tells a message that its provider refused', async () => {
    const { test: caller } = workspace;
    const { id } = await caller.createCustomer({ email: 'undeliverable@test.invalid' });
    await caller.sendEmail(id);
    const labels = { channel: 'EMAIL', provider: 'test-mode', mode: 'TEST', country: 'none', outcome: 'FAILED' };
    const failed = () => sample('gateway_messages_total', labels);
    await waitFor('the failure is counted', async () => (await failed()) === 1);
  });

  test('tells which cap refused a message', async () => {
    const { test: caller } = await gateway.workspace();
    const reached = () => sample('gateway_caps_reached_total', { cap: 'recipientHour' });
    const before = await reached();
    const outcomes: string[] = [];
    for (let people = 0; people < 6; people += 1) {
      const { id: customerId } = await caller.createCustomer();
      for (let sends = 0; sends < 17; sends += 1) {
        const { code = 'SENT' } = await caller.call('sendEmail', { input: { customerId, email: 'grace@example.com' } });
        outcomes.push(code);
      }
    }
    const refused = outcomes.filter((outcome) => outcome === 'TOO_MANY').length;
    expect(refused).toBeGreaterThan(0);
    expect(await reached()).toBe(before + refused);
  });

  test('tells errors by their code, those before an operation runs too', async () => {
    const before = await sample('gateway_errors_total', { code: 'UNAUTHENTICATED' });
    await gateway.query('{ viewer { kind } }', {}, { key: 'sk_test_wrong' });
    await gateway.query('{ viewer { kind } }');
    expect(await sample('gateway_errors_total', { code: 'UNAUTHENTICATED' })).toBe(before + 2);
  });

  test('names an operation only where a workspace has published it', async () => {
    const { test: caller } = workspace;
    const published = 'query WhoIsAsking { viewer { kind } }';
    await publish(caller, published);
    await post(gateway.url, { documentId: `sha256:${idOf(published)}` }, { key: caller.key });
    await caller.query('query NeverPublished { viewer { kind } }');
    const count = (operation: string) => sample('gateway_request_duration_seconds_count', { operation, outcome: 'OK' });
    expect(await count('WhoIsAsking')).toBe(1);
    expect(await count('NeverPublished')).toBe(0);
    expect(await count('other')).toBeGreaterThan(0);
  });

  test('holds no contact, no workspace, no key and no id in any label', async () => {
    const { test: caller } = workspace;
    const { id } = await caller.createCustomer({ email: EMAIL });
    await caller.sendEmail(id);
    await waitFor('the email is counted', async () => (await scrape(gateway.url)).includes('channel="EMAIL"'));
    const text = await scrape(gateway.url);
    for (const secret of [PHONE, PHONE.slice(1), EMAIL, 'ada.lovelace', workspace.id, caller.key, id.split(':')[1]]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});

test('the queues are told, with the age of the oldest job that is due', async () => {
  await using idle = await startGateway({ work: false });
  const { test: caller } = await idle.workspace();
  const { id } = await caller.createCustomer({ phone: PHONE });
  await caller.sendPhone(id);
  const text = await scrape(idle.url);
  const queue = 'verification-deliver';
  expect(sampleIn(text, 'gateway_queue_waiting', { queue })).toBe(1);
  expect(text).toContain(`gateway_queue_oldest_seconds{queue="${queue}"}`);
  expect(sampleIn(text, 'gateway_queue_waiting', { queue: 'contact-notice' })).toBe(0);
});

test('endpoints are told by how it stands with them, with the age of what they have not taken and no name', async () => {
  await using telling = await startGateway();
  await using at = await listening(telling);
  const scraped = () => scrape(telling.url);
  const { id } = await at.sent();
  await waitFor('it is told', () => at.toldAbout(id).length >= 2);
  await waitFor('its delivery is counted', async () => {
    const text = await scraped();
    return sampleIn(text, 'gateway_webhook_duration_seconds_count', { outcome: 'DELIVERED' }) >= 2;
  });
  at.sink.answerWith(500);
  await at.sent();
  await waitFor('a failure is counted', async () => {
    const text = await scraped();
    return sampleIn(text, 'gateway_webhooks_total', { outcome: 'RETRY' }) > 0;
  });
  await telling.sql(`update event_delivery set give_up_at = give_up_at - interval '1 hour' where status = 'PENDING'`);
  // The state is read every five seconds at most.
  const text = await waitFor('the endpoint fails', async () => {
    const now = await scraped();
    return sampleIn(now, 'gateway_webhook_oldest_event_seconds', { state: 'FAILING' }) >= 3_600 && now;
  });
  const count = (state: string) => sampleIn(text, 'gateway_webhook_endpoints', { state });
  expect(['ANSWERING', 'FAILING', 'DISABLED', 'GONE'].map(count)).toEqual([0, 1, 0, 0]);
  expect(sampleIn(text, 'gateway_webhook_oldest_event_seconds', { state: 'ANSWERING' })).toBe(0);
  expect(text).toMatch(/^gateway_queue_waiting\{queue="webhook-deliver"\} [1-9]/m);
  expect(text).not.toContain(new URL(at.sink.url).host);

  at.sink.answerWith(410);
  await telling.sql(`update event_delivery set next_attempt_at = now() where status = 'PENDING'`);
  await waitFor(
    'the endpoint is stopped',
    async () => sampleIn(await scraped(), 'gateway_webhook_endpoints', { state: 'GONE' }) === 1,
  );
});

test('a call that a limit refuses is told by its field', async () => {
  await using tight = await startGateway({ env: { GATEWAY_LIMIT_SCALE: '0.0001' } });
  const { test: caller } = await tight.workspace();
  await caller.query('{ viewer { kind } }');
  const refused = await caller.query('{ viewer { kind } }');
  expect(refused.body.errors?.[0]?.extensions?.code).toBe('RATE_LIMITED');
  expect(sampleIn(await scrape(tight.url), 'gateway_limit_hits_total', { field: 'Query.viewer' })).toBe(1);
});

test('caps and gates are counted from 0 on: a burst in a new process is an increase to Prometheus', async () => {
  await using quiet = await startGateway({ work: false });
  const text = await scrape(quiet.url);
  for (const cap of Object.keys(SEND_CAPS)) expect(text).toContain(`gateway_caps_reached_total{cap="${cap}"} 0`);
  for (const gate of ['ip', 'email']) expect(text).toContain(`gateway_connect_gates_total{gate="${gate}"} 0`);
});

test('a gate of connect that refuses is told, by the gates that tell nothing of who is enrolled', async () => {
  await using gated = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' }, work: false });
  const browser = await createBrowser(gated.url, await gated.workspace());
  for (let asked = 0; asked < CONNECT_GATES.email.max + 2; asked += 1) await browser.send('nobody@example.com');
  const text = await scrape(gated.url);
  expect(sampleIn(text, 'gateway_connect_gates_total', { gate: 'email' })).toBe(2);
  expect(text).not.toContain('gate="phone"');
});
