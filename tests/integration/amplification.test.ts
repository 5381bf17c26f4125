/** One HTTP request is one guess, one send, one creation: whoever asks for more in one gets none of it. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowCounts } from '../support/database-state.js';
import { type Answer, postBody } from '../support/graphql-client.js';
import { startGateway } from '../support/harness.js';

const gateway = await startGateway({ work: false });
afterAll(() => gateway[Symbol.asyncDispose]());
const { test: caller } = await gateway.workspace();
let verificationId: string;
beforeAll(async () => {
  const { id } = await caller.createCustomer({ email: 'ada@example.com' });
  verificationId = (await caller.sendEmail(id, { maxAttempts: 10 })).id;
});

const codesOf = ({ body }: Answer) => body.errors?.map(({ extensions }) => extensions.code) ?? [];
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index));
const guess = (alias: string) =>
  `${alias}: confirmVerification(input: {verificationId: "${verificationId}", code: "000000"}) { __typename }`;

async function expectNothingRuns(answer: Promise<Answer>, before: Promise<object>, ...codes: string[]): Promise<void> {
  const was = await before;
  const { status, body, headers } = await answer;
  expect({ status, codes: codesOf({ status, body, headers }) }).toEqual({ status: 400, codes });
  expect(body.data).toBeUndefined();
  expect(await rowCounts(gateway.sql)).toEqual(was);
}

describe('guesses in one request are refused, none is counted:', () => {
  test.each([2, 20, 40])('%d aliases of one mutation', async (count) => {
    const document = `mutation { ${times(count, (index) => guess(`a${index}`)).join(' ')} }`;
    await expectNothingRuns(caller.query(document), rowCounts(gateway.sql), 'QUERY_TOO_COMPLEX');
  });

  test('100 aliases of one mutation, which are too many tokens already', async () => {
    const document = `mutation { ${times(100, (index) => guess(`a${index}`)).join(' ')} }`;
    await expectNothingRuns(caller.query(document), rowCounts(gateway.sql), 'QUERY_TOO_COMPLEX');
  });

  test('aliases hidden in fragments', async () => {
    const document = `mutation { ...A ... on Mutation { ${guess('b')} } } fragment A on Mutation { ...B } fragment B on Mutation { ${guess('a')} }`;
    await expectNothingRuns(caller.query(document), rowCounts(gateway.sql), 'QUERY_TOO_COMPLEX');
  });

  test('the same field twice without an alias, and a spread twice', async () => {
    const { body } = await caller.query(`mutation { ...A ...A } fragment A on Mutation { ${guess('a')} }`);
    expect(body.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
  });

  test('100 operations in an HTTP batch', async () => {
    const operation = { query: `mutation { ${guess('a')} }` };
    const body = JSON.stringify(times(100, () => '').map(() => operation));
    await expectNothingRuns(postBody(gateway.url, body, { key: caller.key }), rowCounts(gateway.sql), 'BAD_REQUEST');
  });

  test('operations in one document, of which none is named', async () => {
    const query = times(40, (index) => `mutation M${index} { ${guess('a')} }`).join('\n');
    const body = JSON.stringify({ query });
    await expectNothingRuns(postBody(gateway.url, body, { key: caller.key }), rowCounts(gateway.sql), 'BAD_REQUEST');
  });

  test('one alone is counted', async () => {
    const before = await rowCounts(gateway.sql);
    expect((await caller.query(`mutation { ${guess('a')} }`)).body.data).toEqual({
      a: { __typename: 'CodeIncorrect' },
    });
    expect(await rowCounts(gateway.sql)).toEqual({ ...before, guesses: (before['guesses'] ?? 0) + 1 });
  });
});

describe('a query', () => {
  const viewers = (count: number) => `{ ${times(count, (index) => `a${index}: viewer { mode }`).join(' ')} }`;

  test('has at most 20 root fields', async () => {
    expect((await caller.query(viewers(20))).status).toBe(200);
    expect(codesOf(await caller.query(viewers(21)))).toEqual(['QUERY_TOO_COMPLEX']);
  });

  test('has at most 1,000 tokens', async () => {
    const within = (tokens: number) => caller.query(`{ viewer { ${'mode '.repeat(tokens - 5)} } }`);
    expect(codesOf(await within(1_000))).not.toContain('QUERY_TOO_COMPLEX');
    // By its words alone graphql-js tells such a document from one that is misspelled: another version may choose others.
    expect((await within(1_001)).body.errors).toMatchObject([
      { message: 'A document has at most 1000 tokens.', extensions: { code: 'QUERY_TOO_COMPLEX' } },
    ]);
    const aliases = `{ ${times(200, (index) => `a${index}: viewer { mode }`).join(' ')} }`;
    const { status, body, headers } = await caller.query(aliases);
    expect({ status, codes: codesOf({ status, body, headers }) }).toEqual({
      status: 400,
      codes: ['QUERY_TOO_COMPLEX'],
    });
  });

  test('whose lists within lists would be more than a thousand statements is refused before the first', async () => {
    const lists =
      'verifications { nodes { customer { verifications { nodes { customer { verifications { nodes { id } } } } } } } }';
    expect((await caller.query(`{ ${lists} }`)).status).toBe(200);
    const twice = await caller.query(`{ ${lists} again: ${lists} }`);
    expect({ status: twice.status, codes: codesOf(twice) }).toEqual({ status: 400, codes: ['QUERY_TOO_COMPLEX'] });
  });

  test('of fragments that double forty times is refused in a moment', async () => {
    const fragments = times(40, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`);
    const document = `{ ...F0 } ${fragments.join(' ')} fragment F40 on Query { viewer { mode } }`;
    const started = performance.now();
    const answer = await caller.query(document);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(answer.status).toBe(400);
    expect(answer.body.data).toBeUndefined();
  });
});

describe('a body', () => {
  const padded = (bytes: number) => {
    const body = JSON.stringify({ query: '{ viewer { mode } } #' });
    return body.replace('#', `#${'x'.repeat(bytes - body.length)}`);
  };

  test('of 100,000 bytes is read', async () => {
    expect(await postBody(gateway.url, padded(100_000), { key: caller.key })).toMatchObject({ status: 200 });
  });

  test('over 100 kB is refused with 413, announced or not', async () => {
    const refused = { status: 413, body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } };
    expect(await postBody(gateway.url, padded(100_001), { key: caller.key })).toMatchObject(refused);
    const answer = await sendChunked('x'.repeat(150_000));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/^x-request-id: \S/m);
  });

  test.each(['{"query": "{ viewer', 'nonsense', '', '[', '"text"', 'null', '7'])(
    'that is no JSON object is refused: %s',
    async (body) => {
      const answer = await postBody(gateway.url, body, { key: caller.key });
      expect({ status: answer.status, codes: codesOf(answer) }).toEqual({ status: 400, codes: ['BAD_REQUEST'] });
      expect(answer.body.errors?.[0]?.extensions.requestId).toBe(answer.headers.get('x-request-id'));
    },
  );
});

test.each([
  ['headers without end', 431, `GET /livez HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['a method that nobody knows', 400, 'NONSENSE /livez HTTP/1.1\r\nhost: a\r\n\r\n'],
  ['no HTTP at all', 400, '\0\0\0\0\r\n\r\n'],
  [
    'an expectation that nobody can meet',
    417,
    'GET /livez HTTP/1.1\r\nhost: a\r\nexpect: foo\r\nconnection: close\r\n\r\n',
  ],
])('%s is refused with %i, as every refusal is: with a code and a request id', async (_, status, sent) => {
  const answer = await sendRaw(sent);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const requestId = /^x-request-id: (\S+)/m.exec(answer)?.[1];
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
    errors: [{ extensions: { code: 'BAD_REQUEST', requestId } }],
  });
});

/** All of the answer to these bytes. */
async function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(bytes);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
}

/** The head of the answer to a body that does not say its length. */
function sendChunked(body: string): Promise<string> {
  const { hostname, port } = new URL(gateway.url);
  const head = `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.includes('\r\n\r\n')) resolve(answer);
    });
    // The gateway may stop reading before everything is written: only an answer counts.
    socket.on('error', () => {}).once('close', () => reject(new Error(`Closed after: ${answer}`)));
    socket.write(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  });
}
