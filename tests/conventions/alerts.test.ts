/** The alert rules, run by Prometheus's own promtool over series of what they are there for. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT, readText } from './sources.js';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly object[] }[];
  }[];
}

const RULES = 'deploy/prometheus/alerts.yml';
const TESTS = 'deploy/prometheus/alerts.test.yml';

/** What promtool says of the tests that are in that folder. */
function testRules(folder: string) {
  const promtool = process.env['PROMTOOL'] ?? '/usr/bin/promtool';
  if (!existsSync(promtool))
    throw new Error(`No promtool at ${promtool}: apt-get install prometheus, or set PROMTOOL.`);
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', 'alerts.test.yml'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
}

test('each alert fires for what it is there for, and none where all is well', () => {
  expect(testRules(join(ROOT, 'deploy/prometheus'))).toMatchObject({ status: 0 });
  const alerts = (parse(readText(RULES)) as Rules).groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const checks = (parse(readText(TESTS)) as RuleTests).tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  for (const fires of [true, false]) {
    const named = checks.filter(({ exp_alerts }) => (exp_alerts !== undefined) === fires);
    expect(new Set(named.map(({ alertname }) => alertname))).toEqual(new Set(alerts));
  }
});

test('a rule that sleeps through what it is there for would be found', () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'gateway-alerts-'));
  const asleep = readText(RULES).replace(' or vector(0)', '');
  expect(asleep).not.toBe(readText(RULES));
  writeFileSync(join(directory.path, 'alerts.yml'), asleep);
  writeFileSync(join(directory.path, 'alerts.test.yml'), readText(TESTS));
  const { status, said } = testRules(directory.path);
  expect(status).toBe(1);
  expect(said).toMatch(/alertname: GatewayGuessing/);
});
