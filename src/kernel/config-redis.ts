/** Where Redis, Valkey or a Redis Cluster is: `REDIS_URL`. */
import { z } from 'zod';

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisSettings {
  /** A server, or some of the nodes of a cluster: the others are found by asking them. */
  readonly nodes: readonly RedisNode[];
  readonly isCluster: boolean;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** A cluster has none but 0. */
  readonly database: number;
}

const FORM =
  'must be a URL such as redis://user:password@host:6379/0 or rediss://host, and for a cluster several hosts separated by commas, or one and ?cluster=true';

/** Undefined where a % is followed by no character's number. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Undefined where the text is of no form that is known. */
function redisOf(text: string): RedisSettings | undefined {
  const [first = '', ...more] = text.split(',').map((item) => item.trim());
  // Hosts behind the first may be written without what all of them share.
  const scheme = first.split('//')[0];
  const urls = [first, ...more.map((item) => (item.includes('://') ? item : `${scheme}//${item}`))];
  if (!urls.every((url) => /^rediss?:\/\/./.test(url) && URL.canParse(url))) return undefined;
  const parsed = urls.map((url) => new URL(url));
  const [head, last] = [parsed[0] as URL, parsed.at(-1) as URL];
  const { protocol, username, password } = head;
  const isSame = (url: URL) =>
    url.protocol === protocol &&
    (url === head || url.username + url.password === '' || url.username + url.password === username + password);
  const { searchParams, pathname } = last;
  const [user, secret] = [decoded(username), decoded(password)];
  const isSeveral = urls.length > 1;
  const [cluster = String(isSeveral), ...again] = searchParams.getAll('cluster');
  const database = /^\/?(\d{0,2})$/.exec(pathname)?.[1];
  const isKnown =
    parsed.every((url) => url.hostname !== '' && url.hash === '' && isSame(url)) &&
    parsed.slice(0, -1).every((url) => url.search === '' && /^\/?$/.test(url.pathname)) &&
    [...searchParams.keys()].every((name) => name === 'cluster') &&
    again.length === 0 &&
    (cluster === 'true' || (cluster === 'false' && !isSeveral)) &&
    database !== undefined &&
    user !== undefined &&
    secret !== undefined;
  if (!isKnown) return undefined;
  const isCluster = cluster === 'true';
  if (isCluster && Number(database) !== 0) return undefined;
  return {
    nodes: parsed.map(({ hostname, port }) => ({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) })),
    isCluster,
    tls: protocol === 'rediss:',
    username: user || undefined,
    password: secret || undefined,
    database: Number(database),
  };
}

export const redisSettings = {
  REDIS_URL: z
    .string()
    .transform((text, context) => {
      const settings = redisOf(text);
      if (settings === undefined) context.addIssue({ code: 'custom', message: FORM });
      return settings as RedisSettings;
    })
    .optional(),
};
