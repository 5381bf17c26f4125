/** What is counted when it happens. Every label is of a bounded set: a series is kept until the process ends. */
import { Counter, Histogram, type Registry } from 'prom-client';

/** One call of a provider with one message. */
export interface MessageLabels {
  readonly channel: string;
  readonly provider: string;
  readonly mode: string;
  /** ISO 3166-1 alpha-2; undefined for an email. */
  readonly country: string | undefined;
  readonly outcome: 'SENT' | 'RETRY' | 'FAILED';
}

/** A contact that was proved, by the step that carried the proof. */
export type ProofLabels = Omit<MessageLabels, 'outcome'>;

export interface Counters {
  /**
   * Has series of these from 0 on. One that begins with its first value is no increase to Prometheus, so that a burst
   * would set off no rule.
   */
  fromZero(labels: { readonly caps: readonly string[]; readonly gates: readonly string[] }): void;
  message(labels: MessageLabels): void;
  verified(labels: ProofLabels): void;
  /** How a use case ended: a word of its outcome, or a ProblemCode. */
  outcome(useCase: string, outcome: string): void;
  /** An error that left the process, by its code. */
  error(code: string): void;
  /** A limit of `@guard` that refused a call, by the field. */
  limitHit(field: string): void;
  /** A cap on messages that refused one. */
  capReached(cap: string): void;
  /** What became of an attempt to tell an endpoint of an event, and how long the endpoint took. */
  webhook(outcome: string, seconds: number): void;
  /** Where a list was read: on the replica, or on the primary in its place and why. */
  listRead(outcome: string): void;
  /** A gate of connect that refused a code, for whoever asked. */
  gateClosed(gate: string): void;
  /** @param operation its name if it is a published one */
  request(operation: string | undefined, outcome: string, seconds: number): void;
}

const NOBODYS = 'none';
const OTHER = 'other';
/** Workspaces choose the names of their operations, and must not be able to fill the memory of every process with them. */
const MAX_OPERATIONS = 200;

/** Counters from zero in a registry that has none of them. */
export function createCounters(registry: Registry): Counters {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `gateway_${name}`, help, labelNames, registers });
  const proof = ['channel', 'provider', 'mode', 'country'] as const;

  const messages = counter('messages_total', 'Calls of a provider with a message.', [...proof, 'outcome']);
  const verified = counter('verified_total', 'Contacts proved, by the step that carried the proof.', [...proof]);
  const outcomes = counter('outcomes_total', 'How use cases ended.', ['use_case', 'outcome']);
  const errors = counter('errors_total', 'Errors that left the process.', ['code']);
  const limitHits = counter('limit_hits_total', 'Calls refused by a limit of their field.', ['field']);
  const caps = counter('caps_reached_total', 'Messages refused by a cap.', ['cap']);
  const webhooks = counter('webhooks_total', 'Attempts to tell an endpoint of an event.', ['outcome']);
  const listReads = counter('list_reads_total', 'Lists read where there is a replica.', ['outcome']);
  const webhookTimes = new Histogram({
    name: 'gateway_webhook_duration_seconds',
    help: 'Attempts to tell an endpoint of an event: how long it took to answer.',
    labelNames: ['outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const gates = counter('connect_gates_total', 'Requests for a connect code that a gate refused.', ['gate']);
  const requests = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Operations that were run: by name where published, and how they ended.',
    labelNames: ['operation', 'outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const operations = new Set<string>();
  const known = (operation: string | undefined): string =>
    operation !== undefined && operations.has(operation) ? operation : OTHER;

  return {
    fromZero(labels) {
      for (const cap of labels.caps) caps.inc({ cap }, 0);
      for (const gate of labels.gates) gates.inc({ gate }, 0);
    },
    message: ({ country = NOBODYS, ...labels }) => messages.inc({ ...labels, country }),
    verified: ({ country = NOBODYS, ...labels }) => verified.inc({ ...labels, country }),
    outcome: (useCase, outcome) => outcomes.inc({ use_case: useCase, outcome }),
    error: (code) => errors.inc({ code }),
    limitHit: (field) => limitHits.inc({ field }),
    capReached: (cap) => caps.inc({ cap }),
    webhook(outcome, seconds) {
      webhooks.inc({ outcome });
      webhookTimes.observe({ outcome }, seconds);
    },
    listRead: (outcome) => listReads.inc({ outcome }),
    gateClosed: (gate) => gates.inc({ gate }),
    request(operation, outcome, seconds) {
      if (operation !== undefined && operations.size < MAX_OPERATIONS) operations.add(operation);
      requests.observe({ operation: known(operation), outcome }, seconds);
    },
  };
}
