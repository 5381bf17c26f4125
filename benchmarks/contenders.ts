/** The servers under test, in the order in which they run. */
import { betterAuth } from './better-auth/contender.ts';
import type { Contender } from './contender.ts';
import { floor } from './floor/contender.ts';
import { gateway } from './gateway/contender.ts';
import { stock } from './stock/contender.ts';

export const CONTENDERS: readonly Contender[] = [floor, stock, betterAuth, gateway];

/** The contender of that name; throws where there is none. */
export function contenderNamed(name: string): Contender {
  const found = CONTENDERS.find((contender) => contender.name === name);
  if (!found) throw new Error(`No contender ${name}; there are ${CONTENDERS.map((each) => each.name).join(', ')}`);
  return found;
}
