/** What is wrong with the arguments of a message: all of it at once. */
import { badInput } from '../kernel/errors.js';

/** What is wrong with one argument. */
export interface Fault {
  /** Its path, for example `input.content.headerText`. */
  readonly argument: string;
  readonly reason: string;
}

/** What was read, or everything that is wrong with it. */
export type Parsed<Value> = { readonly value: Value } | { readonly faults: readonly [Fault, ...Fault[]] };

export function faultOf(argument: string, reason: string): { readonly faults: readonly [Fault] } {
  return { faults: [{ argument, reason }] };
}

/** @throws {GatewayError} `BAD_USER_INPUT` that names the first argument at fault and tells about all of them */
export function valueOrThrow<Value>(parsed: Parsed<Value>): Value {
  if ('value' in parsed) return parsed.value;
  const [{ argument, reason }, ...others] = parsed.faults;
  throw badInput(argument, [reason, ...others.map((other) => `${other.argument} ${other.reason}`)].join('; '));
}
