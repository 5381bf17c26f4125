/** `gateway operations check`: whether a client would still work with a schema. */
import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { createOperationCheck } from '../server/check-operation.js';
import { readOperations } from './manifest.js';

export interface OperationReport {
  readonly checked: number;
  /** The operations that would not run, each with the reason. */
  readonly failed: readonly { id: string; place: string; fault: string }[];
}

/** @param schema a file of SDL, or the URL of one such as a gateway's `/schema.graphql` */
export async function checkOperations(path: string, schema: string, key?: string): Promise<OperationReport> {
  const operations = readOperations(path);
  const check = createOperationCheck(await readSchema(schema, key));
  const failed = operations.flatMap(({ id, body, place }) => {
    const found = check(body);
    return 'fault' in found ? [{ id, place, fault: found.fault }] : [];
  });
  return { checked: operations.length, failed };
}

export function describeReport({ checked, failed }: OperationReport): string {
  const lines = failed.map(({ place, fault }) => `${place}: ${fault}`);
  return [...lines, `${checked - failed.length} of ${checked} operations fit the schema.`].join('\n');
}

async function readSchema(source: string, key: string | undefined): Promise<GraphQLSchema> {
  const text = /^https?:/.test(source) ? await download(source, key) : readFileSync(source, 'utf8');
  try {
    return buildSchema(text);
  } catch (error) {
    throw new Error(`${source}: ${(error as Error).message}`);
  }
}

async function download(url: string, key: string | undefined): Promise<string> {
  const response = await fetch(url, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
  }).catch(() => undefined);
  if (!response) throw new Error(`${url} cannot be reached`);
  if (!response.ok) throw new Error(`${url} answered ${response.status}; in production give a secret key with --key`);
  return response.text();
}
