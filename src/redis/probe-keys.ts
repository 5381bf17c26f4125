/** Which keys to ask with, so that each server of a cluster is asked. */

/** Where a cluster's keys lie. */
interface Placement<Master> {
  readonly masters: readonly Master[];
  masterOf(slot: number): Master | undefined;
}

/** Keys looked through for one that a master with few slots has: they reach all slots. */
const MOST_KEYS = 100_000;

/** A key for each master, because one of them may be full or read-only by itself; without a cluster one key. */
export function probeKeys<Master>(placement?: Placement<Master>): string[] {
  if (placement === undefined) return ['gateway:probe:{0}'];
  const unasked = new Set(placement.masters);
  const keys: string[] = [];
  for (let at = 0; unasked.size > 0 && at < MOST_KEYS; at += 1) {
    // So many decimal numbers miss a hundred slots.
    const tag = at.toString(36);
    const master = placement.masterOf(slotOf(tag));
    if (master !== undefined && unasked.delete(master)) keys.push(`gateway:probe:{${tag}}`);
  }
  return keys;
}

/** CRC16 (XMODEM) of a hash tag, as Redis Cluster's specification places keys. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % 16_384;
}
