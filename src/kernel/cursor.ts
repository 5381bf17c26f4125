/** Pages of a list that is sorted by id, cut by key and not by count: a page at the far end costs what the first does. */
import { badInput } from './errors.js';

/** What the fields of a connection are asked with. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** The rows to read: at most `size + 1` with an id between the bounds, which are excluded. */
export interface PageRequest {
  readonly size: number;
  readonly low: string;
  readonly high: string;
  /** The order to read in. */
  readonly scan: 'asc' | 'desc';
  /** Whether what was read stands in the reverse order of the list. */
  readonly isBackward: boolean;
  /** Whether the page starts at a cursor: the row of that cursor lies on the other side of it. */
  readonly hasOrigin: boolean;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

export const DEFAULT_PAGE_SIZE = 25;
export const LARGEST_PAGE = 100;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
// The digit says how the rest is to be read, so that cursors of another sort key can be told apart.
const CURSOR = /^1:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export const encodeCursor = (id: string): string => Buffer.from(`1:${id}`).toString('base64url');

function decodeCursor(argument: string, cursor: string): string {
  const id = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  if (id === undefined || encodeCursor(id) !== cursor) throw badInput(argument, 'not a cursor of this list');
  return id;
}

/**
 * Reads the arguments of a connection. `first` of the default size gives way to `last`: it is what a caller sends
 * who leaves it out.
 * @throws {GatewayError} BAD_USER_INPUT naming the argument
 */
export function parsePage(args: PageArguments, isReversed = false): PageRequest {
  const first = args.first ?? undefined;
  const last = args.last ?? undefined;
  const isBackward = last !== undefined;
  if (isBackward && first !== undefined && first !== DEFAULT_PAGE_SIZE) throw badInput('last', 'not beside first');
  const size = last ?? first ?? DEFAULT_PAGE_SIZE;
  if (size < 1 || size > LARGEST_PAGE) throw badInput(isBackward ? 'last' : 'first', `must be 1 to ${LARGEST_PAGE}`);
  const after = typeof args.after === 'string' ? decodeCursor('after', args.after) : undefined;
  const before = typeof args.before === 'string' ? decodeCursor('before', args.before) : undefined;
  const [low, high] = isReversed ? [after, before] : [before, after];
  return {
    size,
    low: low ?? LOWEST_ID,
    high: high ?? HIGHEST_ID,
    scan: isReversed === isBackward ? 'desc' : 'asc',
    isBackward,
    hasOrigin: (isBackward ? before : after) !== undefined,
  };
}

/** The page in the order of the list, from the rows in the order they were read in. */
export function toPage<Item>({ size, isBackward, hasOrigin }: PageRequest, read: readonly Item[]): Page<Item> {
  const items = read.slice(0, size);
  const hasMore = read.length > size;
  return isBackward
    ? { items: items.reverse(), hasNextPage: hasOrigin, hasPreviousPage: hasMore }
    : { items, hasNextPage: hasMore, hasPreviousPage: hasOrigin };
}

/** The lowest UUIDv7 of a moment: its first 48 bits are milliseconds (RFC 9562 section 5.7). */
function lowestIdAt(milliseconds: number): string {
  const hex = Math.min(Math.max(0, milliseconds), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** The clocks of gateway and database, of which one makes the id and the other the time of a row, differ by less. */
const CLOCK_SKEW_MS = 3_600_000;

/**
 * A page narrowed to the ids of a time, with a margin. The time itself is in no index: this keeps the scan from
 * walking up to it.
 */
export function withinTime(page: PageRequest, from: Date | undefined, to: Date | undefined): PageRequest {
  const earliest = from ? lowestIdAt(from.getTime() - CLOCK_SKEW_MS) : page.low;
  const latest = to ? lowestIdAt(to.getTime() + CLOCK_SKEW_MS) : page.high;
  return { ...page, low: earliest > page.low ? earliest : page.low, high: latest < page.high ? latest : page.high };
}
