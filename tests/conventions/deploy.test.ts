/** What stands beside the program for whoever runs it names what the program has. None of it is run here. */
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/kernel/config.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { readText } from './sources.js';

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly readinessProbe?: object;
}

/** As much of a Kubernetes object as is looked at. */
interface KubernetesObject {
  readonly kind: string;
  readonly data?: Record<string, string>;
  readonly spec?: { readonly template?: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Compose {
  readonly services: Record<string, { readonly environment?: Record<string, string>; readonly command?: string[] }>;
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

function yamlIn<Document>(path: string): Document[] {
  // Composition merges maps, which YAML 1.2 leaves to those who read it.
  return parseAllDocuments(readText(path), { merge: true }).map((document) => {
    expect(document.errors, path).toEqual([]);
    return document.toJS() as Document;
  });
}

const settings = new Set(
  [...readText('docs/configuration.md').matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name),
);
const kubernetes = yamlIn<KubernetesObject>('deploy/kubernetes/gateway.yaml');
const containers = kubernetes.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
const [compose] = yamlIn<Compose>('compose.yaml') as [Compose];
const dockerfile = readText('Dockerfile');

test('every setting named in the Dockerfile, in compose.yaml and for Kubernetes is one that the gateway reads', () => {
  const named = {
    dockerfile: [
      ...[...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, list = '']) => list.match(/[A-Z_]+(?==)/g) ?? []),
      ...[...dockerfile.matchAll(/process\.env\.([A-Z_]+)/g)].map(([, name]) => name),
    ],
    compose: ['gateway', 'worker', 'migrate'].flatMap((name) => Object.keys(compose.services[name]?.environment ?? {})),
    kubernetes: [
      ...kubernetes.filter(({ kind }) => kind === 'ConfigMap').flatMap(({ data }) => Object.keys(data ?? {})),
      ...containers.flatMap(({ env }) => env?.map(({ name }) => name) ?? []),
      ...[...readText('deploy/kubernetes/gateway.yaml').matchAll(/--from-(?:literal|file)=([A-Z_]+)/g)].map(
        ([, name]) => name,
      ),
    ],
  };
  for (const [place, names] of Object.entries(named)) {
    expect(names.length, place).toBeGreaterThan(2);
    for (const name of names) expect(settings, `${place}: ${name}`).toContain(name);
  }
});

test('compose.yaml puts a pooler, a cache and two processes that serve together as the settings have it', () => {
  const { gateway, worker, migrate, pooler, redis } = compose.services;
  expect(gateway).toMatchObject({ deploy: { replicas: 2 }, command: ['serve', '--no-work'] });
  expect(pooler?.environment).toMatchObject({ POOL_MODE: 'transaction' });
  // Nothing is prepared by name where sessions change hands; what needs a session goes past the pooler.
  const settings = (service?: Compose['services'][string]) => loadConfig(filled(service?.environment ?? {}));
  expect(settings(gateway)).toMatchObject({
    databasePrepared: false,
    databaseUrl: expect.stringContaining('@pooler:6432/'),
  });
  for (const service of [worker, migrate])
    expect(settings(service)).toMatchObject({
      databasePrepared: true,
      databaseUrl: expect.stringContaining('@postgres:5432/'),
    });
  expect(settings(gateway).redis?.nodes).toEqual([{ host: 'redis', port: 6379 }]);
  expect(redis?.command).toContain('volatile-ttl');
});

test('the image has the client of Redis, in the version that the tests use', () => {
  const { peerDependencies } = JSON.parse(readText('package.json')) as { peerDependencies: Record<string, string> };
  expect(dockerfile).toContain(`@redis/client@${peerDependencies['@redis/client']}`);
});

/** Settings as composition fills them in: with something of the shell's for each variable. */
const filled = (environment: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{[^}]*:-([^}]*)\}/g, '$1').replaceAll(/\$\{[^}]*\}/g, 'x'.repeat(32)),
    ]),
  );

test('every container of the gateway runs as nobody special, on a root filesystem that it cannot write', () => {
  expect(containers.map(({ args }) => args[0])).toEqual(['migrate', 'serve', 'work']);
  for (const { securityContext } of containers)
    expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
  for (const name of ['gateway', 'worker', 'migrate'])
    expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\/livez/m);
});

test('no secret is written down: each comes from outside', () => {
  for (const text of [readText('compose.yaml'), dockerfile, readText('deploy/kubernetes/gateway.yaml')])
    expect(text).not.toMatch(/(SECRET|PASSWORD|SIGNING_KEYS)[=:] *["']?[A-Za-z0-9+/]{8,}/);
});

describe('every metric is one that the gateway has', () => {
  const known = new Set(createMetrics().names());
  const metricsIn = (expression: string): string[] =>
    (expression.replaceAll(/\{[^}]*\}|\bby \([^)]*\)/g, ' ').match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? []).filter(
      (name) => !['histogram_quantile', 'label_replace', '__rate_interval'].includes(name),
    );
  const check = (expressions: readonly string[]) => {
    for (const expression of expressions) {
      const names = metricsIn(expression);
      expect(names.length, expression).toBeGreaterThan(0);
      for (const name of names) expect(known, expression).toContain(name.replace(/_(bucket|count|sum)$/, ''));
    }
  };

  test('in the alert rules', () => {
    const [rules] = yamlIn<Rules>('deploy/prometheus/alerts.yml') as [Rules];
    const all = rules.groups.flatMap((group) => group.rules);
    expect(all.length).toBeGreaterThan(5);
    check(all.map(({ expr }) => expr));
    for (const { alert } of all) expect(readText('docs/operators.md'), alert).toContain(`\`${alert}\``);
  });

  test('on the dashboard', () => {
    const dashboard = JSON.parse(readText('deploy/grafana/dashboard.json')) as {
      panels: { targets: { expr: string }[] }[];
    };
    check(dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)));
  });

  test('and a name that it has not would be found', () => {
    expect(() => check(['sum(rate(gateway_nothing_total[5m]))'])).toThrow(/gateway_nothing_total/);
  });
});
