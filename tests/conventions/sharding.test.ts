/** The schema can be divided by workspace: no statement joins across workspaces, or counts in one place for all. */
import { join } from 'node:path';
import { parseSync } from 'vite';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { listCustomers } from '../../src/customers/list.js';
import { entities } from '../../src/entities/orm.js';
import { fakeConnection } from '../unit/fake-connection.js';
import { ROOT, readText, SOURCES } from './sources.js';
import { type Judgement, judge } from './statements.js';

const named = vi.hoisted(() => new Set<string>());
vi.mock('../../src/entities/prepared.js', async (original) => {
  const actual = await original<typeof import('../../src/entities/prepared.js')>();
  const prepared = (text: string) => {
    named.add(text);
    return actual.prepared(text);
  };
  return { ...actual, prepared };
});

const TABLES = entities.map((entity) => entity.meta.tableName as string);

/** Statements that do not name one workspace, by what is written in them, each with the reason why it may be so. */
const ACROSS: readonly (readonly [what: RegExp, reason: string])[] = [
  [/from api_key k join workspace w .*where k\.lookup = \$1/s, 'a key tells its workspace; cached for five seconds'],
  [/with accepting as .*w\.token_issuers @>/s, 'a token tells its workspace by issuer; cached for five seconds'],
  [/where provider = \$1 and provider_ref = \$2/, 'a delivery report names a message of its vendor, and nothing else'],
  [/where s\.provider = \$1 and s\.provider_ref = \$2/, 'a job: whether a vendor has one code for two who asked'],
  [/unnest.* as h \(workspace_id, key, hits/s, 'counters of one turn together: each row is of the workspace it names'],
  [/unnest.* as r \(workspace_id, key, hits/s, 'the same counters, taken back'],
  [/unnest.* as used \(workspace_id, mode, id\)/s, 'uses of keys, written behind the requests once a second'],
  [/unnest.* as u \(workspace_id, sha256, runs\)/s, 'runs of operations, written behind the requests once a minute'],
  [
    /^\s*delete from \w+ where \([^)]*\) in \(\s*select .* limit \d+ for update skip locked\) returning 1$/s,
    'upkeep, by the minute',
  ],
  [/with due as materialized .*from webhook_endpoint .*cross join lateral/s, 'the worker: deliveries that are due'],
  [/with due as materialized .*cross join lateral/s, 'upkeep: retention, by the minute'],
  [
    /where i\.key_id = any\(\$1::text\[\]\) and \(i\.workspace_id, /,
    'upkeep: seals under an older secret, by the minute',
  ],
  [/from webhook_endpoint\s+where \(key_id = any\(\$1::text\[\]\)/, 'the same for the secrets of endpoints'],
  [/from verification_deadline\s+where due_at <= now\(\)/, 'upkeep: ends that nobody told of, every two seconds'],
  [/with endpoint as .*from webhook_endpoint e cross join lateral/s, 'a gauge: the backlog, read every 5 s'],
  [/from api_key where id = \$1$/, 'a command: gateway keys revoke and rotate'],
  [/^\s*select \S*key_id as "keyId", count\(\*\)::float8 as count,\s/, 'a command: gateway secrets status'],
  [/^select id from workspace limit \d$/, 'a command: the only workspace there is'],
  [
    /^\s*select w\.id from workspace w\s+where exists \(\s*select from audit_event/,
    'a command: the demo, among several',
  ],
];

/** A text of the source, by the pieces between what is put into it. */
type Literal = readonly string[];

/** What is put in is what a constant holds, and otherwise some name: the conditions stand in the text itself. */
const SOME_NAME = 'x';

interface Syntax {
  readonly type?: string;
  readonly [part: string]: unknown;
}

/** Walks what the parser has read of a file. */
function visit(node: unknown, seen: (node: Syntax) => void): void {
  if (Array.isArray(node)) for (const each of node) visit(each, seen);
  else if (typeof node === 'object' && node !== null) {
    seen(node as Syntax);
    for (const part of Object.values(node)) visit(part, seen);
  }
}

/** The text of a literal with what is put into it, as far as constants of this name hold it. */
function textOf(node: Syntax, constants: ReadonlyMap<string, string>): string | undefined {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const pieces = piecesOf(node);
  const inner = (node['expressions'] as Syntax[]).map(({ type, name }) =>
    type === 'Identifier' ? constants.get(name as string) : undefined,
  );
  return pieces.map((piece, index) => piece + (index < inner.length ? (inner[index] ?? SOME_NAME) : '')).join('');
}

const piecesOf = (node: Syntax): Literal =>
  node.type === 'TemplateLiteral'
    ? (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked)
    : [node['value'] as string];

/** Statements that stand in the source as they are, and those that are put together when they are run. */
function statementsIn(text: string): { pieces: Literal; text: string }[] {
  const { program } = parseSync('source.ts', text);
  const constants = new Map<string, string>();
  visit(program, ({ type, id, init }) => {
    const value = type === 'VariableDeclarator' && init ? textOf(init as Syntax, constants) : undefined;
    if (value !== undefined) constants.set((id as { name: string }).name, value);
  });
  const found: { pieces: Literal; text: string }[] = [];
  visit(program, (node) => {
    const whole = textOf(node, constants);
    if (whole === undefined || !/^\s*(select|insert into|update \w+ |delete from|with \w+ as)\s/i.test(`${whole} `))
      return;
    found.push({ pieces: piecesOf(node), text: whole });
  });
  return found;
}

let statements: string[] = [];
beforeAll(async () => {
  // Importing a module does nothing, so all of them can be: each names its statements.
  const programs = /^src\/(cli|commands\/print-\w+)\.ts$/;
  for (const { path } of SOURCES) if (!programs.test(path)) await import(join(ROOT, path));
  const { pool } = fakeConnection(() => []);
  const page = { low: '', high: '', size: 1, scan: 'asc' } as never;
  for (const filter of [{}, { platformCustomerId: 'x' }, { email: 'x', phone: 'x', includeDeleted: true }])
    await listCustomers(pool, { workspaceId: '', mode: 'TEST' }, filter, page);
  const sources = SOURCES.filter(({ path }) => !path.includes('/migrations/'));
  const literals = sources.flatMap(({ text }) => statementsIn(text));
  // Most of those that are put together are named once they are.
  const isNamed = ({ pieces }: { pieces: Literal }) =>
    [...named].some((whole) => pieces.every((piece) => whole.includes(piece)));
  statements = [...new Set([...named, ...literals.filter((each) => !isNamed(each)).map(({ text }) => text)])];
});

const judged = () => statements.map((text) => ({ text, ...judge(text, TABLES) }));
const isAcross = ({ unbound, worlds, isBatch }: Judgement) => unbound.length > 0 || worlds > 1 || isBatch;

describe('every statement', () => {
  test('is read: those that are put together when they are run too', () => {
    expect(named.size).toBeGreaterThan(90);
    expect(statements.length).toBeGreaterThan(120);
  });

  test('finds its rows by their workspace, in every table that it joins, or says why not', () => {
    const across = judged().filter(isAcross);
    const unexcused = across.filter(({ text }) => !ACROSS.some(([what]) => what.test(text)));
    expect(unexcused.map(({ text, unbound }) => `${unbound}: ${text}`)).toEqual([]);
    for (const [what] of ACROSS)
      expect(
        across.some(({ text }) => what.test(text)),
        `${what} is still needed`,
      ).toBe(true);
  });

  test('asks no sequence and takes no advisory lock, which all shards would have to share', () => {
    expect(judged().filter(({ shared }) => shared.length > 0)).toEqual([]);
  });
});

test('no migration makes a sequence', () => {
  for (const { path, text } of SOURCES.filter(({ path: each }) => each.includes('/migrations/')))
    expect(text, path).not.toMatch(/serial\b|generated .* as identity|create sequence|nextval/i);
});

test('docs/scaling.md distributes every table, each by its workspace', () => {
  const calls = [...readText('docs/scaling.md').matchAll(/create_distributed_table\('(\w+)', '(\w+)'/g)];
  expect(Object.fromEntries(calls.map(([, table, column]) => [table, column]))).toEqual(
    Object.fromEntries(TABLES.map((table) => [table, table === 'workspace' ? 'id' : 'workspace_id'])),
  );
});

describe('this test sees', () => {
  test.each([
    ['a table without its workspace', 'select 1 from customer where id = $1', ['customer']],
    [
      'a join without it',
      'select 1 from customer c join session s on s.customer_id = c.id where c.workspace_id = $1',
      ['session'],
    ],
    [
      'a subquery without it',
      'select 1 from customer c where c.workspace_id = $1 and exists (select from session s where s.id = c.id)',
      ['session'],
    ],
    ['a deletion without it', 'delete from session where id = $1', ['session']],
    [
      'an update of what another table names',
      'update session s set ended_at = now() from customer c where c.workspace_id = $1 and s.id = c.id',
      ['session'],
    ],
    [
      'two tables that know only each other',
      'select 1 from customer c join session s on s.workspace_id = c.workspace_id',
      ['customer', 'session'],
    ],
    [
      'a row that collides across workspaces',
      'insert into session (workspace_id, id) values ($1, $2) on conflict (id) do nothing',
      ['session'],
    ],
    [
      'a workspace that is compared with another column',
      'select 1 from customer where workspace_id <> $1',
      ['customer'],
    ],
    ['a workspace of nobody', 'select 1 from workspace where name = $1', ['workspace']],
    ['half of a union', 'select 1 from customer where workspace_id = $1 union all select 1 from session', ['session']],
  ])('%s', (_, text, unbound) => {
    expect(judge(text, TABLES).unbound).toEqual(unbound);
  });

  test.each([
    'select 1 from customer c join session s on s.workspace_id = c.workspace_id and s.id = c.id where c.workspace_id = $1',
    'select 1 from customer c join session s using (workspace_id, mode) where c.workspace_id = $1',
    'with d as (select workspace_id, id from session where workspace_id = $1) delete from session s using d where s.workspace_id = d.workspace_id',
    'select 1 from customer c where c.workspace_id = $1 and exists (select from session s where (s.workspace_id, s.id) = (c.workspace_id, c.id))',
    'select name from workspace where id = $1',
  ])('nothing wrong in: %s', (text) => {
    expect(judge(text, TABLES)).toEqual({
      unbound: [],
      shared: [],
      worlds: text.includes('workspace where') ? 1 : expect.any(Number),
      isBatch: false,
    });
  });

  test('two workspaces, a list of them, a sequence and an advisory lock', () => {
    expect(
      judge('select 1 from customer c, session s where c.workspace_id = $1 and s.workspace_id = $2', TABLES).worlds,
    ).toBe(2);
    expect(
      judge(
        'select 1 from customer c join unnest($1::uuid[]) as u (workspace_id) on c.workspace_id = u.workspace_id',
        TABLES,
      ).isBatch,
    ).toBe(true);
    expect(judge(`select nextval('s'), pg_advisory_xact_lock(1)`, TABLES).shared).toEqual([
      'nextval',
      'pg_advisory_xact_lock',
    ]);
  });
});
