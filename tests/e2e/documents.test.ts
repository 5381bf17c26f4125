/** What the documents begin with, pasted as it stands: it works, or the document is wrong. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCaller } from '../support/caller.js';
import { blockOf, blocksOf } from '../support/document-blocks.js';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, postGraphql } from '../support/graphql-client.js';
import { startMailbox } from '../support/mailbox.js';
import { startPostgres } from '../support/postgres.js';
import { type Running, ready, runGateway, startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Replaces what can only be true elsewhere; it has to be there. */
function replaced(text: string, changes: Record<string, string>): string {
  let result = text;
  for (const [before, after] of Object.entries(changes)) {
    expect(text).toContain(before);
    result = result.replaceAll(before, after);
  }
  return result;
}

// npx finds the same program, a second later each time.
const bash = (script: string): string[] => [
  '--norc',
  '-euo',
  'pipefail',
  '-c',
  `npx() { shift; '${process.execPath}' '${ROOT}bin/gateway.js' "$@"; }\n${script}`,
];

const directory = newDataDirectory();
const env = { GATEWAY_DATA_DIR: directory.path };
const workplace = mkdtempSync(join(tmpdir(), 'gateway-documents-'));
const { PATH = '', HOME = '' } = process.env;
let gateway: Running;
let key = '';
beforeAll(async () => {
  gateway = await startProcess(['serve', '--json'], env);
  key = (JSON.parse(gateway.stdout()) as { demo: { secretKey: string } }).demo.secretKey;
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
  rmSync(workplace, { recursive: true, force: true });
});

test('docs/partners.md: an operation is published and run by a key that runs nothing else', async () => {
  const shell = blockOf('docs/partners.md', 'sh');
  const script = join(workplace, 'partner.mjs');
  writeFileSync(script, replaced(blockOf('docs/partners.md', 'js'), { 'http://127.0.0.1:4000': gateway.url }));
  const { stdout } = await run('bash', bash(`${shell}\n'${process.execPath}' '${script}'`), {
    cwd: ROOT,
    env: { PATH, HOME, ...env, GATEWAY_URL: gateway.url },
  });
  const [published, fromScript = '', fromBlock = ''] = stdout.trim().split('\n');
  const contactVerification = { email: 'PENDING', phone: 'PENDING' };
  expect(published).toMatch(/^Published 1/);
  expect(JSON.parse(fromScript)).toMatchObject({ contactVerification });
  expect(JSON.parse(fromBlock)).toEqual({ data: { customer: JSON.parse(fromScript) } });
});

describe('docs/errors.md: the script tells', () => {
  const script = join(workplace, 'outcome.mjs');
  const outcome = async (id: string, code: string, KEY = key) => {
    writeFileSync(script, blockOf('docs/errors.md', 'js'));
    const { stdout } = await run(process.execPath, [script, id, code], { env: { KEY, GATEWAY_URL: gateway.url } });
    return stdout.trim();
  };

  test('what a customer has caused from what went wrong', async () => {
    const caller = createCaller(gateway.url, key);
    const { id } = await caller.sendEmail((await caller.createCustomer()).id, { email: 'outcome@example.com' });
    expect(await outcome(id, '000000')).toBe('wrong, 2 attempts left');
    expect(await outcome(id, '123456')).toBe('confirmed');
    expect(await outcome(id, '123456')).toBe('refused: FINISHED');
    expect(await outcome('Verification:0', '123456')).toBe('refused: NOT_FOUND');
    expect(await outcome(id, 'no code')).toMatch(/^BAD_USER_INPUT +[\w-]+$/);
    expect(await outcome(id, '123456', 'sk_test_nothing')).toMatch(/^UNAUTHENTICATED +[\w-]+$/);
  });
});

test('docs/operators.md: a first production process serves live mode from a PostgreSQL, and sends a code', async () => {
  const server = await startPostgres({ durable: false });
  await using mailbox = await startMailbox();
  try {
    const script = replaced(blockOf('docs/operators.md', 'sh'), {
      'npm ci && npm run build\n': '',
      'postgres://gateway:password@db.internal:5432/gateway': server.url,
      'smtps://user:password@smtp.example.com': mailbox.url,
    });
    const cwd = join(workplace, 'production');
    mkdirSync(cwd);
    await using process = await ready({ command: 'bash', args: bash(script), cwd, hasChildren: true }, {});
    const [live = ''] = /sk_live_\w+/.exec(process.stdout()) ?? [];
    const url = process.url.replace('0.0.0.0', '127.0.0.1');
    expect(dataOf(await postGraphql(url, '{ viewer { kind mode } }', {}, { key: live }))).toEqual({
      viewer: { kind: 'SECRET_KEY', mode: 'LIVE' },
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const caller = createCaller(url, live);
    await caller.sendEmail((await caller.createCustomer({ email: 'ada@example.com', phone: '+4915112345678' })).id);
    const [mail] = await waitFor('the code', () => mailbox.mails.length > 0 && mailbox.mailsTo('ada@example.com'));
    expect(mail?.from).toBe('codes@example.com');
  } finally {
    await server.stop();
  }
});

test('docs/frontend.md: what is copied into a new application is generated, typed and built', async () => {
  const app = join(workplace, 'app');
  mkdirSync(join(app, 'src'), { recursive: true });
  symlinkSync(ROOT, join(workplace, 'identity-gateway'));
  symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
  const [install = '', ...copy] = blockOf('docs/frontend.md', 'sh').split(/^(?=cp )/m);
  const { devDependencies, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const names = install.split(/\s+/).filter((word) => word && !['npm', 'install', '--save-dev'].includes(word));
  expect(Object.keys({ ...devDependencies, ...dependencies })).toEqual(expect.arrayContaining(names));
  await run('bash', bash(copy.join('')), { cwd: app });
  // What `Being told` adds, each block a module of its own.
  const [subscribing = ''] = blocksOf('docs/frontend.md', 'sh', 'Being told');
  await run('bash', bash(subscribing.replace(/^npx .*$/m, '')), { cwd: app });
  for (const [language, file, given] of [
    ['ts', 'session/transport.ts', 'uri'],
    ['tsx', 'verification/Told.tsx', 'id'],
  ] as const) {
    const [imports = '', code = ''] = blockOf('docs/frontend.md', language, 'Being told').split(/\n\n(?!import)/);
    const wrapped = `export function Given({ ${given} }: { ${given}: string }) {\n${code}\n  return ${language === 'ts' ? 'transport' : 'error ? null : <p>{data?.verificationChanged?.status}</p>'};\n}\n`;
    writeFileSync(join(app, 'src', file), `${imports}\n${wrapped}`);
  }
  writeFileSync(join(app, 'codegen.yml'), blockOf('docs/frontend.md', 'yaml'));
  writeFileSync(join(app, 'src/main.tsx'), blockOf('docs/frontend.md', 'tsx'));
  writeFileSync(join(app, 'index.html'), '<div id="root"></div><script type="module" src="/src/main.tsx"></script>');
  const settings = { extends: join(ROOT, 'examples/apollo-client/tsconfig.json'), include: ['src'] };
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ ...settings, compilerOptions: { rootDir: '.' } }));
  const node = (path: string, ...args: string[]) =>
    run(process.execPath, [join(ROOT, 'node_modules', path), ...args], { cwd: app });
  await node('@graphql-codegen/cli/cjs/bin.js');
  expect(
    Object.keys(JSON.parse(readFileSync(join(app, 'src/generated/persisted-documents.json'), 'utf8'))).length,
  ).toBeGreaterThan(5);
  await node('typescript/bin/tsc', '-p', '.');
  await node('vite/bin/vite.js', 'build');
  expect(existsSync(join(app, 'dist/index.html'))).toBe(true);
  expect(
    await runGateway(['operations', 'publish', join(app, 'src/generated/persisted-documents.json')], env),
  ).toMatchObject({ code: 0 });
});
