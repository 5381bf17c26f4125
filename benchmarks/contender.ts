/** What the benchmark knows about a server: how to start it, fill it, ask it, and tell a right answer from a wrong one. */

/** One request of a workload. */
export interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

/** A customer that a contender was filled with; both contacts are primary and unverified. */
export interface Customer {
  id: string;
  email: string;
  phone: string;
}

/** What filling a contender leaves behind for the load. */
export interface Fixture {
  credential: string;
  /** What a page holds and connects with, where that is another credential. */
  pageCredential?: string;
  /** Read over and over. */
  readers: Customer[];
  /** Verified once each. */
  newcomers: Customer[];
}

/** A contender's process and its database. */
export interface Target {
  baseUrl: string;
  databaseUrl: string;
  /** The server's own settings, for tools that run beside it. */
  environment: NodeJS.ProcessEnv;
}

/** One request and the judgment of its answer; `previous` is the body that the step before was answered with. */
export interface Step {
  request(customer: Customer, previous: unknown): Call;
  /** A body is parsed JSON of any shape: checks go through optional chaining and strict comparison. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is what the server under test says it is
  accepts(body: any, customer: Customer): boolean;
}

/** Newcomers connect after they were verified: each has a verified email and an unverified phone then. */
export const WORKLOADS = ['read', 'persisted read', 'send+confirm', 'connect'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** True for a workload that reads the same customers over and over. */
export const isRead = (workload: Workload): boolean => workload === 'read' || workload === 'persisted read';

/**
 * Answers of connect may wait for a beat, and who waits asks nothing: with four times the connections, what a server can
 * do is found all the same.
 */
export const connectionsOf = (workload: Workload, usual: number): number => (workload === 'connect' ? 4 : 1) * usual;

/** One server under test. */
export interface Contender {
  name: string;
  /** Arguments to Node, from the repository's root, that start the server. */
  command: string[];
  /** Settings beside DATABASE_URL, HOST and PORT; `scratch` is an empty folder that is removed afterwards. */
  environment(scratch: string): Record<string, string>;
  /** A path that answers, with anything but 503, once the server is ready. */
  probe: string;
  /** Says why the contender cannot run, if it cannot. */
  unavailable?(): string | undefined;
  seed(target: Target, counts: { readers: number; newcomers: number }): Promise<Fixture>;
  /** Tells a process the document of the read, where each keeps those it was told. */
  register?(process: Pick<Target, 'baseUrl'>, fixture: Fixture): Promise<void>;
  /** Writes the past verifications with the numbers from $1 to $2, of $3 in a month, of the customers that were seeded. */
  history: string;
  /** A query that counts accepted sends which are not delivered yet. */
  undelivered?: string;
  headers(credential: string): Record<string, string>;
  /** The steps of one operation, in order, on one connection. */
  workloads: Partial<Record<Workload, Step[]>>;
}

/** The code of test mode. */
export const TEST_CODE = '123456';

/** A region whose customers must verify both channels, in every contender that has a policy. */
export const REGION = 'DE';

/** What each customer that is read has saved, oldest first; it is read newest first. */
export const SAVED_METHODS = [
  { type: 'CARD', brand: 'Visa', last4: '4242', expiryMonth: 12, expiryYear: 2030 },
  { type: 'CARD', brand: 'Mastercard', last4: '4444', expiryMonth: 1, expiryYear: 2031 },
] as const;

/** The address of the customer with that number, the same in every contender. */
export const emailOf = (index: number): string => `customer-${index}@bench.example`;
/** The same for the phone number. */
export const phoneOf = (index: number): string => `+49151${String(index).padStart(8, '0')}`;

/** True for a JSON Web Token, by its form. */
export const isToken = (text: unknown): boolean => typeof text === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
