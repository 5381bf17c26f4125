/** An operator publishes what clients run, in each form in which tools write it, and checks a client against a schema. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newDataDirectory } from '../support/embedded-template.js';
import { dataOf, errorOf, postGraphql } from '../support/graphql-client.js';
import { idOf, operationOf, post } from '../support/operations.js';
import { runGateway, startProcess } from '../support/processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const directory = newDataDirectory();
const files = newDataDirectory({ template: false });
const env = { GATEWAY_DATA_DIR: directory.path };
const gateway = await startProcess(['serve', '--json'], env);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
  files[Symbol.dispose]();
});
beforeAll(() => mkdirSync(files.path, { recursive: true }));

const { demo } = JSON.parse(gateway.stdout()) as { demo: { secretKey: string } };
const publish = (...args: string[]) => runGateway(['operations', 'publish', ...args], env);
const run = (body: string) => post(gateway.url, { documentId: `sha256:${idOf(body)}` }, { key: demo.secretKey });
const fileOf = (name: string, content: unknown): string => {
  const path = join(files.path, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const query = (name: string) => `query ${name} { viewer { kind } }`;
const apolloManifest = (...bodies: string[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: bodies.map((body, at) => ({ ...operationOf(body), name: `Op${at}`, type: 'query' })),
});

describe('P4: gateway operations publish', () => {
  test('takes Apollo’s manifest beside the running server, where its operations run at once', async () => {
    const body = query('FromApollo');
    expect(errorOf(await run(body))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
    const path = fileOf('apollo.json', apolloManifest(body));
    const { code, stdout, stderr } = await publish(path, '--json');
    expect({ code, stderr, outcome: JSON.parse(stdout) }).toEqual({
      code: 0,
      stderr: '',
      outcome: { published: 1, alreadyPublished: 0 },
    });
    expect(dataOf(await run(body))).toEqual({ viewer: { kind: 'SECRET_KEY' } });
    expect((await publish(path)).stdout).toBe('Published 0; 1 had been before.\n');
  });

  test('takes it over HTTP too, with a key', async () => {
    const body = query('OverHttp');
    const path = fileOf('http.json', apolloManifest(body));
    const { code, stdout } = await publish(path, '--url', gateway.url, '--key', demo.secretKey, '--json');
    expect({ code, outcome: JSON.parse(stdout) }).toEqual({ code: 0, outcome: { published: 1, alreadyPublished: 0 } });
    expect(dataOf(await run(body))).toBeDefined();
  });

  test('takes a folder of documents, however deep, each under the hash of its bytes', async () => {
    mkdirSync(join(files.path, 'folder/deeper'), { recursive: true });
    const bodies = [`# the first\n${query('One')}\n`, `${query('Two')}\n`] as const;
    fileOf('folder/one.graphql', bodies[0]);
    fileOf('folder/deeper/two.graphql', bodies[1]);
    fileOf('folder/readme.md', 'no operation');
    const { code, stdout } = await publish(join(files.path, 'folder'), '--json');
    expect({ code, outcome: JSON.parse(stdout) }).toEqual({ code: 0, outcome: { published: 2, alreadyPublished: 0 } });
    for (const body of bodies) expect(dataOf(await run(body))).toBeDefined();
  });

  test('needs no server: it publishes into the database, and the next server knows', async () => {
    using own = newDataDirectory();
    const alone = { GATEWAY_DATA_DIR: own.path };
    const body = query('Alone');
    const path = fileOf('alone.json', { [`sha256:${idOf(body)}`]: body });
    const made = await runGateway(['workspaces', 'create', '--name', 'Acme', '--json'], alone);
    const { id } = JSON.parse(made.stdout) as { id: string };
    const { code, stdout } = await runGateway(['operations', 'publish', path, '--workspace', id, '--json'], alone);
    expect({ code, outcome: JSON.parse(stdout) }).toEqual({ code: 0, outcome: { published: 1, alreadyPublished: 0 } });
    const key = await runGateway(['keys', 'create', '--kind', 'secret', '--mode', 'test', '--json'], alone);
    const { secret } = JSON.parse(key.stdout) as { secret: string };
    await using later = await startProcess(['serve'], alone);
    expect(dataOf(await post(later.url, { documentId: idOf(body) }, { key: secret }))).toBeDefined();
  });

  test('publishes a manifest of 2,000 operations in several calls, over HTTP', async () => {
    const bodies = Array.from({ length: 2_000 }, (_, at) => `${query(`Big${at}`)} # ${'x'.repeat(100)}`);
    const path = fileOf('big.json', apolloManifest(...bodies));
    const { code, stdout, stderr } = await publish(path, '--url', `${gateway.url}/graphql`, '--key', demo.secretKey);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Published 2000; 0 had been before.\n' });
    expect(stderr).toMatch(/^(\d+ of 2000\n)+$/);
    expect(dataOf(await run(bodies.at(-1) as string))).toBeDefined();
  });

  test('P2: codegen.yml makes typed documents, the schema as JSON, and a manifest that is published as it is', async () => {
    const generated = join(ROOT, 'operations/generated');
    const before = existsSync(generated);
    const codegen = join(ROOT, 'node_modules/@graphql-codegen/cli/cjs/bin.js');
    await promisify(execFile)(process.execPath, [codegen], { cwd: ROOT });
    const path = join(generated, 'persisted-documents.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const { code, stdout } = await publish(path, '--json');
    const count = Object.keys(manifest).length;
    expect({ code, outcome: JSON.parse(stdout) }).toEqual({
      code: 0,
      outcome: { published: count, alreadyPublished: 0 },
    });
    expect(count).toBeGreaterThan(20);
    const id = Object.keys(manifest).find((each) => manifest[each]?.startsWith('query Viewer'));
    expect(dataOf(await post(gateway.url, { documentId: id }, { key: demo.secretKey }))).toHaveProperty('viewer');
    expect(readFileSync(join(generated, 'graphql.ts'), 'utf8')).toContain(`"hash":"${id}"`);
    expect(JSON.parse(readFileSync(join(generated, 'schema.json'), 'utf8'))).toHaveProperty('__schema');
    if (!before) rmSync(generated, { recursive: true });
  });
});

describe('what cannot be published is refused with one line that names the file and the operation', () => {
  const valid = operationOf(query('Valid'));
  const apollo = (operation: unknown) => ({ ...apolloManifest(), operations: [valid, operation] });
  const cases: [string, unknown, RegExp][] = [
    ['not-json.json', '{', /is no JSON/],
    ['array.json', [valid], /neither Apollo's manifest/],
    ['version.json', { ...apolloManifest(query('A')), version: 2 }, /neither Apollo's manifest/],
    ['empty.json', {}, /holds no operation/],
    ['sha1.json', { ['a'.repeat(40)]: query('Old') }, /operation a{40}: .*hashAlgorithm: sha256/],
    ['mismatch.json', { [idOf('other')]: query('Forged') }, /operation Forged: the id is not the SHA-256/],
    ['number.json', apollo({ id: 3, body: 4 }), /id and body must be texts/],
    ['null.json', apollo(null), /id and body must be texts/],
    ['syntax.json', apollo({ ...operationOf('query {'), name: 'Broken' }), /operation Broken: Syntax Error/],
    [
      'two.json',
      apollo({ ...operationOf('query A { a } query B { b }'), name: 'Two' }),
      /operation Two: .*exactly one/,
    ],
    [
      'field.json',
      apollo({ ...operationOf('query F { nothing }'), name: 'F' }),
      /operation F: Cannot query field "nothing"/,
    ],
  ];
  test.each(cases)('%s', async (name, content, message) => {
    const path = fileOf(name, content);
    for (const where of [[], ['--url', gateway.url, '--key', demo.secretKey]]) {
      const { code, stdout, stderr } = await publish(path, ...where, '--json');
      expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
      expect(stderr).toMatch(message);
      expect(stderr).toContain(path);
    }
    expect(errorOf(await run(valid.body))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('a file that is not there, a gateway that is not, a bad key, a key without a gateway, and a workspace beside a key of its own', async () => {
    const path = fileOf('fine.json', apolloManifest(query('Fine')));
    for (const [args, message] of [
      [['nowhere.json'], /nowhere\.json: there is no such file/],
      [[path, '--url', 'http://127.0.0.1:9', '--key', 'x'], /127\.0\.0\.1:9\/graphql cannot be reached/],
      [[path, '--url', 'gateway', '--key', 'x'], /--url must be a URL/],
      [[path, '--url', gateway.url, '--key', 'sk_test_x'], /API key is not valid/],
      [[path, '--url', gateway.url], /given together/],
      [[path, '--key', demo.secretKey], /given together/],
      [[path, '--workspace', 'Workspace:0'], /workspace/],
      [[path, '--workspace', 'Workspace:0', '--url', gateway.url, '--key', demo.secretKey], /cannot be used with/],
    ] as const) {
      const { code, stdout, stderr } = await publish(...args);
      expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, stdout: '', lines: 1 });
      expect(stderr).toMatch(message);
    }
  });
});

test('secrecy: a key is taken from GATEWAY_KEY, and shown in no help: a command line is read by others', async () => {
  const path = fileOf('quiet.json', apolloManifest(query('Quiet')));
  const env = { GATEWAY_KEY: demo.secretKey };
  const published = await runGateway(['operations', 'publish', path, '--url', gateway.url], env);
  expect(published).toMatchObject({ code: 0, stdout: 'Published 1; 0 had been before.\n' });
  const { stdout } = await runGateway(['operations', 'publish', '--help'], { GATEWAY_KEY: 'sk_test_not_to_be_shown' });
  expect(stdout).toContain('GATEWAY_KEY');
  expect(stdout).not.toContain('not_to_be_shown');
});

describe('gateway operations check', () => {
  const check = (...args: string[]) => runGateway(['operations', 'check', ...args]);

  test('exits 0 where a client fits a schema, by file and by URL', async () => {
    for (const schema of [join(ROOT, 'schema.graphql'), `${gateway.url}/schema.graphql`]) {
      const { code, stdout } = await check(join(ROOT, 'examples/partner/operations'), '--schema', schema);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '1 of 1 operations fit the schema.\n' });
    }
  });

  test('exits 1 with a list where it does not', async () => {
    const path = fileOf('old.json', apolloManifest(query('A'), 'query B { viewer { nickname } }'));
    const { code, stdout } = await check(path, '--schema', join(ROOT, 'schema.graphql'), '--json');
    expect({ code, report: JSON.parse(stdout) }).toEqual({
      code: 1,
      report: {
        checked: 2,
        failed: [
          {
            id: idOf('query B { viewer { nickname } }'),
            place: `${path}: operation Op1`,
            fault: expect.stringContaining('nickname'),
          },
        ],
      },
    });
  });
});

test('P1: the partner’s example runs its published operation with a key that can do nothing else', async () => {
  expect((await publish('examples/partner/operations')).code).toBe(0);
  const args = [
    'keys',
    'create',
    '--kind',
    'secret',
    '--mode',
    'test',
    '--scopes',
    'customers:read',
    '--persisted-only',
  ];
  const { secret } = JSON.parse((await runGateway([...args, '--json'], env)).stdout) as { secret: string };
  const script = join(ROOT, 'examples/partner/contact-verification.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, 'demo-customer'], {
    env: { GATEWAY_URL: gateway.url, GATEWAY_KEY: secret },
  });
  expect(JSON.parse(stdout)).toEqual({
    id: expect.stringMatching(/^Customer:/),
    contactVerification: { email: 'PENDING', phone: 'PENDING' },
  });
  expect(errorOf(await postGraphql(gateway.url, '{ viewer { kind } }', {}, { key: secret }))).toMatchObject({
    code: 'OPERATION_NOT_ALLOWED',
  });
});
