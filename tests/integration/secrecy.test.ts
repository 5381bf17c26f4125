/** Everything that the gateway does, once; then nothing that was secret in it is in the database, the log or a span. */
import { afterAll, expect, test } from 'vitest';
import { createKeyClient } from '../support/api-keys.js';
import { type Caller, createCaller, DOCUMENTS } from '../support/caller.js';
import { createBrowser, newPerson } from '../support/connect.js';
import { dump } from '../support/database-state.js';
import { dataOf } from '../support/graphql-client.js';
import { startIdentityProvider } from '../support/identity-provider.js';
import { REDIRECT, SECRET, startLinkMail } from '../support/link-mail.js';
import { click, open, sendLink, tokenOf } from '../support/links.js';
import { codeIn } from '../support/mailbox.js';
import { idOf, post, publish } from '../support/operations.js';
import { instrumentOf, save, saved } from '../support/saved-methods.js';
import { formsOf, secretsIn } from '../support/secrets.js';
import { recordSpans } from '../support/spans.js';
import { waitFor } from '../support/wait-for.js';

const spans = recordSpans();
const mail = await startLinkMail();
afterAll(() => mail[Symbol.asyncDispose]());
const { gateway, mailbox } = mail;
const provider = await startIdentityProvider();
afterAll(() => provider.close());
const workspace = await mail.workspaceWith();

/** Every secret that was seen, by what it is. Test mode's code is none: it is 123456 for everybody. */
const secrets = new Map<string, string>();
function keep(name: string, value: string): string {
  expect(value.length, name).toBeGreaterThanOrEqual(12);
  secrets.set(name, value);
  return value;
}
/** Of a token its signature alone, too: whoever has that and guesses the claims has the token. */
function keepToken(name: string, token: string): string {
  keep(`signature of ${name}`, token.slice(token.lastIndexOf('.') + 1));
  return keep(name, token);
}

async function codes({ live }: typeof workspace): Promise<void> {
  const { id: customerId } = await live.createCustomer();
  const sent = async (email: string) => {
    const { id } = await live.sendEmail(customerId, { email, codeLength: 12 });
    const message = await waitFor(`mail to ${email}`, () => mailbox.mailsTo(email)[0]);
    return { verificationId: id, code: keep(`code to ${email}`, codeIn(message)) };
  };
  const right = await sent('right@example.com');
  expect(await live.call('confirm', { input: right })).toMatchObject({ __typename: 'VerificationConfirmed' });
  // The right code of another verification is a wrong guess, and is as secret.
  const [wrong, open] = [await sent('wrong@example.com'), await sent('open@example.com')];
  const guess = { verificationId: wrong.verificationId, code: open.code };
  expect(await live.call('confirm', { input: guess })).toMatchObject({ __typename: 'CodeIncorrect' });
  // In documents that are refused, where a server may repeat what it read.
  for (const document of [
    `mutation { confirmVerification(input: { code: "${wrong.code}" }) { __typename } }`,
    `mutation { confirmVerification(input: { code: ${wrong.code} ) }`,
    `mutation { confirmVerification(input: { verificationId: "${wrong.code}", code: "x" }) { __typename } }`,
  ])
    expect(JSON.stringify((await live.query(document)).body)).not.toContain(wrong.code);
  mailbox.misbehave({ refuseMessage: 554, quote: true });
  const { id } = await live.sendEmail(customerId, { email: 'refused@example.com', codeLength: 12 });
  await waitFor('the refusal', async () => (await live.call('verification', { id })) && refusals() === 1);
  mailbox.misbehave({});
}
const refusals = () => gateway.logs.filter((line) => line.includes('delivery failed')).length;

async function links({ id, live, test: caller }: typeof workspace): Promise<void> {
  const { id: customerId } = await live.createCustomer();
  const { token, page } = await mail.mailLink(live, customerId, mail.newAddress());
  const input = { customerId: (await caller.createCustomer()).id, email: mail.newAddress(), redirectUri: REDIRECT };
  const { verification } = await sendLink(caller, input);
  const ofTest = tokenOf(SECRET, id, 'TEST', verification?.id as string);
  for (const each of [page, `${gateway.url}/l/${ofTest}`]) {
    await open(`${each}/and/more`);
    await open(`${each}%zz`);
    await open(each);
    expect((await click(each)).location).toContain('result=true');
    expect((await click(each)).location).toContain('result=false');
  }
  for (const [name, each] of [
    ['link', token],
    ['link of test mode', ofTest],
  ] as const) {
    keep(name, each);
    keep(`its secret part: ${name}`, each.slice(-42));
  }
}

async function keys({ test: caller }: typeof workspace): Promise<void> {
  const client = createKeyClient(caller);
  const made = dataOf(await client.create()).result;
  const rotated = dataOf(await client.rotate(made.key.id)).result;
  const narrow = dataOf(await client.create({ persistedOnly: true, kind: 'PUBLISHABLE' })).result;
  for (const [name, { key, secret }] of Object.entries({ made, rotated, narrow })) {
    keep(`key ${name}`, secret);
    keep(`random part of key ${name}`, secret.slice(-38, -6));
    const basic = Buffer.from(`${key.id}:${secret}`).toString('base64');
    keep(`header of key ${name}`, basic);
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { authorization: `Basic ${basic}` },
      { authorization: `AccessKey ${secret}` },
      { 'x-api-key': secret },
      { authorization: `Bearer ${secret}x` },
      { authorization: `Other ${secret}` },
    ])
      await gateway.query(DOCUMENTS.viewer, {}, { headers });
  }
  await client.revoke(made.key.id);
  await gateway.query(DOCUMENTS.viewer, {}, { key: made.secret });
}

async function sessions({ test: caller }: typeof workspace): Promise<void> {
  const browser = await createBrowser(gateway.url, workspace);
  const person = newPerson();
  await caller.createCustomer(person);
  const first = await browser.connect(person.email, { nonce: keep('nonce', 'n-0S6_WzA2Mj-secrecy') });
  const second = await browser.refresh(first.refreshToken);
  const third = await browser.refresh(second.refreshToken);
  for (const [index, session] of [first, second, third].entries()) {
    keepToken(`access token ${index}`, session.accessToken);
    keepToken(`id token ${index}`, session.idToken);
    keep(`refresh token ${index}`, session.refreshToken);
  }
  const self = createCaller(gateway.url, third.accessToken);
  await self.query(DOCUMENTS.viewer);
  await gateway.query(DOCUMENTS.viewer, {}, { key: third.idToken });
  // A spent token ends its family, which is in the audit log.
  expect(await browser.refresh(first.refreshToken)).toMatchObject({ code: 'SESSION_ENDED' });
  await self.query(DOCUMENTS.viewer);
  await browser.end({ refreshToken: third.refreshToken });
}

async function userTokens({ test: caller }: typeof workspace): Promise<void> {
  const update = 'mutation ($input: UpdateWorkspaceInput!) { updateWorkspace(input: $input) { id } }';
  dataOf(await caller.query(update, { input: { tokenIssuers: [provider.entry] } }));
  const { platformCustomerId, id } = await caller.createCustomer({ email: 'self@example.com' });
  const token = keepToken('user token', await provider.sign({ sub: platformCustomerId }));
  const unknown = keepToken('user token of nobody', await provider.sign({ sub: 'nobody' }));
  const late = keepToken(
    'expired user token',
    await provider.sign({ sub: platformCustomerId }, { expiresInSeconds: -90 }),
  );
  const self: Caller = createCaller(gateway.url, token);
  await self.sendEmail(id);
  for (const key of [unknown, late, `${token}x`]) await gateway.query(DOCUMENTS.viewer, {}, { key });
}

async function methods({ test: caller }: typeof workspace): Promise<void> {
  const { id: customerId } = await caller.createCustomer();
  const instrumentId = keep('instrument', 'PI/secrecy+qP93mZr7Lw==');
  const fingerprint = keep('fingerprint', 'FP/secrecy+8vTn2Kx0Bd==');
  const { id } = await saved(caller, { customerId, instrumentId, fingerprint });
  expect(await instrumentOf(caller, id, 'shop-a')).toBe(instrumentId);
  await save(caller, { customerId, instrumentId, fingerprint, last4: '1' });

  const body = `mutation Materialize($input: MaterializeSavedMethodInput!) {
    materializeSavedMethod(input: $input) { instrumentId } }`;
  dataOf(await publish(caller, body));
  const run = (variables: unknown) => post(gateway.url, { documentId: idOf(body), variables }, { key: caller.key });
  expect(dataOf(await run({ input: { id, merchantId: 'shop-a' } }))).toEqual({
    materializeSavedMethod: { instrumentId },
  });
  await run({ input: { id: instrumentId, merchantId: fingerprint } });
  await run({ input: instrumentId });
}

test('C10: K3: K1: attack: a thief of the database, of all logs and of all spans finds no code, link, key, token or instrument in them', async () => {
  for (const [name, caller] of Object.entries({ test: workspace.test, live: workspace.live })) {
    keep(`key ${name}`, caller.key);
  }
  const states: string[] = [];
  for (const run of [codes, links, keys, sessions, userTokens, methods]) {
    await run(workspace);
    states.push(await dump(gateway.sql));
  }
  const everything = [...states, ...gateway.logs, spans.text()].join('\n');

  // It was all there: rows and jobs of every kind, and the requests.
  const traces = [
    ...['-- pgboss.job', 'verification-deliver', '-- public.saved_method_instrument', '-- public.refresh_token'],
    ...['POST /l/*', 'INSERT verification_link', 'deliver smtp', 'guard Mutation.refreshSession'],
    ...['session.reuse_detected', 'saved_method.materialized', 'Materialize', 'self@example.com', 'delivery failed'],
  ];
  expect(traces.filter((trace) => !everything.includes(trace))).toEqual([]);
  expect(secrets.size).toBeGreaterThan(30);
  for (const form of [...secrets.values()].flatMap(formsOf)) expect(form.length).toBeGreaterThanOrEqual(8);
  // And any form of any of them would have been found.
  for (const [name, value] of secrets) {
    for (const form of formsOf(value)) expect(secretsIn(`<${form}>`, new Map([[name, value]]))).not.toEqual([]);
  }

  expect(secretsIn(everything, secrets)).toEqual([]);
  // The database has contacts, and the log of a developer may; what goes to a collector has none.
  expect(spans.text()).not.toMatch(/@|%40|\+\d{8}/);
});
