/** The whole gateway in the test's process, on an embedded database of its own. */
import { pino } from 'pino';
import type { Served } from '../../src/app/serve.js';
import { startApp } from '../../src/app/start.js';
import { run, type Value } from '../../src/entities/database.js';
import { openStorage, type Storage } from '../../src/entities/storage.js';
import { loadConfig } from '../../src/kernel/config.js';
import { describeError } from '../../src/telemetry/logger.js';
import { newDataDirectory } from './embedded-template.js';
import { type Answer, type CallOptions, postGraphql } from './graphql-client.js';
import { createTestWorkspace, type TestWorkspace } from './workspace.js';

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  /** Where its secret and its signing keys are. */
  readonly dataDirectory: string;
  readonly app: Served & AsyncDisposable;
  readonly storage: Storage;
  /** Everything logged, from `trace` up and with nothing cut out. */
  readonly logs: readonly string[];
  query<Data = Record<string, unknown>>(
    document: string,
    variables?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<Answer<Data>>;
  sql<Row = Record<string, unknown>>(text: string, values?: readonly Value[]): Promise<Row[]>;
  workspace(): Promise<TestWorkspace>;
}

export interface GatewayOptions {
  /** Settings as in the environment. */
  env?: Record<string, string>;
  /** Whether the queue is worked; true unless said otherwise. */
  work?: boolean;
}

/** Starts the gateway on a free port; its database is embedded unless `env` names another. */
export async function startGateway({ env = {}, work = true }: GatewayOptions = {}): Promise<TestGateway> {
  await using starting = new AsyncDisposableStack();
  const directory = starting.use(newDataDirectory());
  const config = loadConfig({ GATEWAY_DATA_DIR: directory.path, PORT: '0', ...env });
  const logs: string[] = [];
  // Without the redaction that the gateway's own logger adds: what must not be logged is not to be cut out either.
  const logger = pino(
    { level: 'trace', serializers: { err: describeError } },
    { write: (line: string) => void logs.push(line) },
  );
  const storage = starting.use(await openStorage(config));
  const started = starting.use(await startApp({ config, logger, storage, serve: true, work }));
  const app = { ...(started.served as Served), [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
  const url = app.address;
  const { pool } = storage.database;
  const resources = starting.move();
  return {
    url,
    dataDirectory: config.dataDirectory,
    app,
    storage,
    logs,
    query: (document, variables, options) => postGraphql(url, document, variables, options),
    sql: (text, values = []) => run(pool, text, values),
    workspace: () => createTestWorkspace(pool, url),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
