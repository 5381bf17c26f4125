/** Processors' fingerprints and instrument ids, as they are kept: one as an HMAC, the other sealed. */
import { createHmac } from 'node:crypto';
import type { World } from '../../access/principal.js';
import { deriveKeyRing, type KeyRing, type RingKey } from '../../kernel/key-ring.js';
import { type Sealed, seal, unseal } from '../../kernel/seal.js';

/** The keys of everything that a processor said. */
export interface MethodKeys {
  readonly fingerprints: KeyRing;
  readonly instruments: KeyRing;
}

/** @param secrets newest first */
export const methodKeysOf = (secrets: readonly string[]): MethodKeys => ({
  fingerprints: deriveKeyRing(secrets, 'fingerprint'),
  instruments: deriveKeyRing(secrets, 'instrument'),
});

/** A row that holds a sealed instrument. */
export interface InstrumentPlace extends World {
  readonly methodId: string;
  readonly merchantId: string;
}

/** What is sealed. The fingerprint is with it so that it can be hashed again when keys rotate. */
export interface Instrument {
  readonly instrumentId: string;
  readonly fingerprint: string;
}

// A row that is copied over another's, of another merchant or customer, must not open there.
const placeOf = ({ workspaceId, mode, methodId, merchantId }: InstrumentPlace) => [
  workspaceId,
  mode,
  methodId,
  merchantId,
];

export function sealInstrument(keys: MethodKeys, place: InstrumentPlace, instrument: Instrument): Sealed {
  const { instrumentId, fingerprint } = instrument;
  return seal(keys.instruments, JSON.stringify([instrumentId, fingerprint]), placeOf(place));
}

/** @throws {Error} as `unseal` does */
export function openInstrument(keys: MethodKeys, place: InstrumentPlace, sealed: Sealed): Instrument {
  const [instrumentId, fingerprint] = JSON.parse(unseal(keys.instruments, sealed, placeOf(place)));
  return { instrumentId, fingerprint };
}

/**
 * The HMAC of a fingerprint under one key, bound to its world and customer: equal cards of two customers do not show.
 * Keyed, because some processors hash the card number and nothing else, and the numbers that fit a brand and four
 * digits are soon tried (PCI DSS 4.0, 3.5.1.1).
 */
export function hashFingerprint({ key }: RingKey, { workspaceId, mode }: World, customerId: string, text: string) {
  return createHmac('sha256', key)
    .update(JSON.stringify([workspaceId, mode, customerId, text]))
    .digest();
}
