/** What use cases refuse, in the words of the command line. */

/** Options, by the arguments that use cases know them as. */
const OPTIONS: Readonly<Record<string, string>> = {
  workspace: '--workspace',
  name: '--name',
  scopes: '--scopes',
  merchantId: '--merchant',
  expires: '--expires',
  expiresAt: '--expires',
  allowedIps: '--allowed-ips',
  overlapSeconds: '--overlap',
};

/**
 * The same error, told of the option where it is told of an argument: `--scopes, entry 1` rather than `input.scopes.0`.
 * By the message alone, which is all that comes over the owner's socket.
 */
export function namingOptions(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [path, argument = '', index] = /^(?:input\.)?(\w+)(?:\.(\d+))?(?=: )/.exec(error.message) ?? [];
  const option = Object.hasOwn(OPTIONS, argument) ? OPTIONS[argument] : undefined;
  if (path === undefined || option === undefined) return error;
  const place = index === undefined ? option : `${option}, entry ${Number(index) + 1}`;
  return new Error(`${place}${error.message.slice(path.length)}`, { cause: error });
}
