/** Lua scripts: what must not come apart is one of them. */
import { createHash } from 'node:crypto';
import type { Link } from './link.js';

/** A script that touches one key, so that it runs on a cluster too. */
export interface Script {
  readonly text: string;
  /** What the server calls it by. */
  readonly sha1: string;
}

export const scriptOf = (text: string): Script => ({ text, sha1: createHash('sha1').update(text).digest('hex') });

/** Runs a script by its name; a server that has not heard of it, because it has just started, is told the text. */
export async function evaluate(
  link: Link,
  { text, sha1 }: Script,
  key: string,
  args: readonly (string | number)[],
): Promise<unknown> {
  const values = ['1', key, ...args.map(String)];
  try {
    return await link.send(key, ['EVALSHA', sha1, ...values]);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return link.send(key, ['EVAL', text, ...values]);
  }
}
