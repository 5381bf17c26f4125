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
