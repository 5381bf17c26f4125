/** What may stand behind the ? of `DATABASE_URL`. A parameter that no driver knows would be dropped without a word. */

/** Not libpq's `allow`, by which nothing is encrypted unless the server insists. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  sslmode: ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'],
  ssl: ['true', '1', 'false', '0', 'no-verify'],
  sslnegotiation: ['postgres', 'direct'],
  channel_binding: ['disable', 'prefer', 'require'],
};

const FILES = ['sslrootcert', 'sslcert', 'sslkey'];
const FOLLOWED = ['application_name', 'host', 'options', 'password', 'port', 'user'];

/** Handed out by hosters of PostgreSQL for other drivers and poolers, and of no weight here. */
const IGNORED = [
  'client_encoding',
  'connect_timeout',
  'connection_limit',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'pgbouncer',
  'pool_timeout',
  'supa',
  'target_session_attrs',
  'tcp_user_timeout',
];

const KNOWN = [...Object.keys(VALUES), ...FILES, ...FOLLOWED, ...IGNORED].sort();

/**
 * What is wrong with the parameters of a URL; undefined where nothing is. A name that is not known stays unsaid: behind
 * a ? that was not percent-encoded it is part of a password.
 */
export function faultOfParameters(parameters: URLSearchParams): string | undefined {
  const names = [...parameters.keys()];
  if (!names.every((name) => KNOWN.includes(name)))
    return `has a parameter that is not known, so nothing would follow it; these are: ${KNOWN.join(', ')}`;
  if (new Set(names).size < names.length) return 'has a parameter twice';
  for (const [name, text] of parameters) {
    const values = VALUES[name];
    if (values && !values.includes(text)) return `must have one of ${values.join(', ')} as its ${name}`;
    if (FILES.includes(name) && text === '') return `must name a file as its ${name}`;
    if (name === 'port' && !(/^[1-9]\d*$/.test(text) && Number(text) <= 65_535))
      return 'must have a number as its port';
  }
  const named = Object.fromEntries(parameters);
  if (named['host']?.includes(',')) return ONE_HOST;
  return isTlsRefused(named) && isTlsAsked(named) ? 'both asks for TLS and refuses it' : undefined;
}

/** Said of a list of hosts, of which libpq tries one after another. */
export const ONE_HOST = 'must have one host: put what chooses between several, a pooler or a name, before them';

/** Parameters by their names. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** Where it is neither refused nor asked for, the driver's environment decides. */
export const isTlsRefused = ({ sslmode, ssl }: Parameters): boolean =>
  sslmode === 'disable' || ssl === 'false' || ssl === '0';

/** Files of certificates say nothing against `sslmode=disable`, by which a template that has them is switched off. */
export const isTlsAsked = ({ sslmode, ssl, sslnegotiation, channel_binding }: Parameters): boolean =>
  !['disable', undefined].includes(sslmode) ||
  !['false', '0', undefined].includes(ssl) ||
  sslnegotiation === 'direct' ||
  channel_binding === 'require';
