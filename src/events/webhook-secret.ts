/** The secrets that endpoints check signatures with, as Standard Webhooks writes them. */
import { randomBytes } from 'node:crypto';
import type { World } from '../access/principal.js';
import type { KeyRing } from '../kernel/key-ring.js';
import { type Sealed, seal, unseal } from '../kernel/seal.js';

/** An endpoint, as a place that a secret is sealed for: copied into another row, it does not open. */
export interface SecretPlace extends World {
  readonly endpointId: string;
}

/** 256 bits; the standard asks for 192 to 512. */
export const mintSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

const placeOf = ({ workspaceId, mode, endpointId }: SecretPlace) => [workspaceId, mode, endpointId];

export const sealSecret = (keys: KeyRing, place: SecretPlace, secret: string): Sealed =>
  seal(keys, secret, placeOf(place));

/** @throws {Error} as `unseal` does */
export const openSecret = (keys: KeyRing, place: SecretPlace, sealed: Sealed): string =>
  unseal(keys, sealed, placeOf(place));

/** A secret of an endpoint that does not open. */
export interface SecretFault {
  /** What comes of it, for the log. */
  readonly words: string;
  readonly error: unknown;
}

/** As much of an endpoint as tells its previous secret; null where one secret is live. */
export interface Rotated extends SecretPlace {
  readonly previousKeyId: string | null;
  readonly previousSealed: Uint8Array | null;
}

/**
 * Makes what opens secrets that sign beside the current one. One that does not open is left out: an overlap is there so
 * that nothing is lost. Its fault is told once, and not for each delivery of a day.
 */
export function openPrevious(keys: KeyRing): (rotated: Rotated) => { secrets: string[]; fault?: SecretFault } {
  const told = new Set<string>();
  return (rotated) => {
    const { endpointId, previousKeyId: keyId, previousSealed: sealed } = rotated;
    if (keyId === null || sealed === null) return { secrets: [] };
    try {
      return { secrets: [openSecret(keys, rotated, { keyId, box: Buffer.from(sealed) })] };
    } catch (error) {
      const name = `${endpointId} ${keyId}`;
      if (told.has(name)) return { secrets: [] };
      told.add(name);
      const words =
        'the previous secret of an endpoint does not open: its webhooks are signed by the current one alone';
      return { secrets: [], fault: { words, error } };
    }
  };
}
