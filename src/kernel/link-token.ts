/**
 * What stands in the link of an email. Like codes, tokens are derived and never stored: the worker makes one when it
 * writes the message, and whoever opens the link brings it back.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { KeyRing, RingKey } from './key-ring.js';
import { MODES, type Mode, type World } from './world.js';

/** The verification that a link is for. */
export interface LinkSubject extends World {
  readonly verificationId: string;
}

/** What a token that this gateway made says. */
export interface LinkClaim extends LinkSubject {
  /** The id of the key that it was made with. */
  readonly keyId: string;
}

const KEY_ID_BYTES = 4;
const UUID_BYTES = 16;
const NAMED_BYTES = KEY_ID_BYTES + 1 + 2 * UUID_BYTES;
/** 69 bytes are 92 characters with no bit to spare: a token has one spelling. */
const TOKEN = /^[A-Za-z0-9_-]{92}$/;

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const seal = (key: KeyObject, named: Buffer): Buffer => createHmac('sha256', key).update(named).digest();

/** The token of a verification: who it is for, and 256 bits of HMAC-SHA-256 (RFC 2104) over that. Base64url. */
export function linkToken({ id, key }: RingKey, { workspaceId, mode, verificationId }: LinkSubject): string {
  const world = [bytesOf(workspaceId), Buffer.of(MODES.indexOf(mode))];
  const named = Buffer.concat([Buffer.from(id, 'hex'), ...world, bytesOf(verificationId)]);
  return Buffer.concat([named, seal(key, named)]).toString('base64url');
}

/** Whom a token is for, or undefined for anything that this gateway did not make. Asks nobody. */
export function readLinkToken(keys: KeyRing, token: string): LinkClaim | undefined {
  if (!TOKEN.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const named = bytes.subarray(0, NAMED_BYTES);
  const keyId = named.toString('hex', 0, KEY_ID_BYTES);
  const key = keys.find(keyId);
  if (!key || !timingSafeEqual(seal(key.key, named), bytes.subarray(NAMED_BYTES))) return undefined;
  const [workspace, mode, verification] = [KEY_ID_BYTES, KEY_ID_BYTES + UUID_BYTES, NAMED_BYTES - UUID_BYTES] as const;
  return {
    keyId,
    workspaceId: uuidOf(named.subarray(workspace, mode)),
    mode: MODES[named.readUInt8(mode)] as Mode,
    verificationId: uuidOf(named.subarray(verification)),
  };
}
