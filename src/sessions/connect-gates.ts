/** The gates of connect: how often a client, an email and a phone may ask for a code. */

import type { LimitLedger } from '../access/limit-ledger.js';
import { scaledLimit } from '../access/limit-scale.js';
import type { World } from '../access/principal.js';
import { limitKey } from '../kernel/contact.js';

/** Requests for a code in each window, whoever is behind them. Refused ones count too. */
export const CONNECT_GATES = {
  ip: { max: 30, windowMs: 600_000 },
  email: { max: 5, windowMs: 600_000 },
  phone: { max: 5, windowMs: 600_000 },
} as const;

/** A suite of tests has many customers, and one address. */
const TEST_FACTORS = { ip: 10, email: 1, phone: 1 } as const;

type Gate = keyof typeof CONNECT_GATES;
/** The gates that a counter may name. That of the phone is not among them: it tells two emails of one phone. */
export const TOLD_GATES = ['ip', 'email'] as const;

/** True while every gate is open. */
export type ConnectGates = (world: World, asked: Asked) => Promise<boolean>;

interface Asked {
  /** Undefined where it is no client's. */
  readonly ip: string | undefined;
  readonly email: string;
  readonly phone: string;
}

/**
 * @param scale multiplies every gate; for load tests
 * @param closed told of each that refused
 */
export function createConnectGates(
  ledger: LimitLedger,
  scale: number,
  closed: (gate: (typeof TOLD_GATES)[number]) => void = () => {},
): ConnectGates {
  return async ({ workspaceId, mode }, asked) => {
    // All are counted, in one statement, whatever each of them says: a gate that stopped the counting of the others
    // would show in the time taken.
    const open = await Promise.all(
      (Object.keys(CONNECT_GATES) as Gate[]).map(async (gate) => {
        const { max: unscaled, windowMs } = CONNECT_GATES[gate];
        const max = scaledLimit(unscaled * (mode === 'TEST' ? TEST_FACTORS[gate] : 1), scale);
        const name = JSON.stringify([workspaceId, mode, 'connect', gate, limitKey(asked[gate] ?? asked.email)]);
        const { before } = await ledger.reserve({ workspaceId, name, windowMs, max });
        if (before >= max && gate !== 'phone' && asked[gate] !== undefined) closed(gate);
        return before < max;
      }),
    );
    return !open.includes(false);
  };
}
