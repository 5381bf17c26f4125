/**
 * The hot statements come in two forms: one that writes events, and one that does its work only where nobody listens.
 * To open the tables of events costs a statement a fifth of its time, also where nothing is written into them.
 */
import { type Mode, nameOfWorld } from '../kernel/world.js';
import { type Connection, run, type Value } from './database.js';
import { IS_WATCHED } from './event-log.js';
import { prepared } from './prepared.js';

export interface Told {
  /** Changes nothing where somebody listens, and says so. */
  readonly quiet: string;
  readonly telling: string;
}

/** What a statement that is about one world is given. */
export type ValuesOfWorld = readonly [workspaceId: string, mode: Mode, ...others: Value[]];

/** The parts of a statement that differ between its forms, and how its last `select` is written. */
export interface Form {
  /** A condition for what the statement changes first: without that, it changes nothing else. */
  readonly guard: string;
  /** What is there only where events are written. */
  telling(expressions: string): string;
  /** The last `select`, with whether anybody listens beside each row, or beside no row. */
  select(text: string): string;
}

const select = (text: string) =>
  `select w.watched, r.* from (select ${IS_WATCHED} as watched) w left join (${text}) r on true`;

/** Writes both forms. */
export const told = (statement: (form: Form) => string): Told => ({
  quiet: prepared(statement({ guard: `and not ${IS_WATCHED}`, telling: () => '', select })),
  telling: prepared(statement({ guard: '', telling: (expressions) => expressions, select })),
});

// Worlds in which somebody was heard to listen. Nothing depends on it but the number of statements: the quiet form
// looks for itself, in the snapshot in which it changes something, and so does the other.
const listening = new Set<string>();
const MOST_WORLDS = 10_000;

/** Runs the form that fits, and the other one where the first turns out not to. */
export async function runTold<Row>(
  connection: Connection,
  { quiet, telling }: Told,
  values: ValuesOfWorld,
): Promise<Row[]> {
  const world = nameOfWorld({ workspaceId: values[0], mode: values[1] });
  const isExpected = listening.has(world);
  const first = await run<Row & { watched: boolean }>(connection, isExpected ? telling : quiet, values);
  const isWatched = first[0]?.watched === true;
  if (!isWatched) listening.delete(world);
  else if (listening.size < MOST_WORLDS) listening.add(world);
  return isWatched && !isExpected ? run<Row>(connection, telling, values) : first;
}
