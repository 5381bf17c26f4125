/**
 * What an operator counts, in a registry of this process alone. No label holds a contact, a workspace, a customer or a
 * key: `/metrics` asks for no credential, and what it tells must be nobody's secret. Every label is of a bounded set.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Clock, monotonicClock } from '../kernel/clock.js';
import { readInTime } from './reading.js';

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

export interface QueueState {
  readonly queue: string;
  /** Jobs that wait, those for a retry included. */
  readonly waiting: number;
  /** Seconds since the oldest job fell due; 0 where none is. */
  readonly oldestSeconds: number;
}

export interface ProviderReading {
  readonly provider: string;
  readonly state: string;
}

/** Endpoints of webhooks by how it stands with them: `FAILING` have not taken what was last sent of something. */
export const ENDPOINT_STATES = ['ANSWERING', 'FAILING', 'DISABLED', 'GONE'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** How it stands with the deliveries of events, over all workspaces. */
export interface WebhookState extends QueueState {
  /** Endpoints that there are. */
  readonly endpoints: Readonly<Record<EndpointState, number>>;
  /** Seconds since the oldest event was written that an endpoint has not taken; 0 where none waits. */
  readonly oldestEventSeconds: Readonly<Record<'ANSWERING' | 'FAILING', number>>;
}

export interface ReplicaState {
  isUp(): boolean;
  /** Seconds; undefined where it cannot be told. */
  lag(): Promise<number | undefined>;
}

export interface Metrics {
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
  /** Asked at a scrape, every five seconds at most. What cannot be read within two is left out. */
  watchQueues(read: () => Promise<readonly QueueState[]>): void;
  /** As the queues. */
  watchWebhooks(read: () => Promise<WebhookState>): void;
  /** Asked at a scrape, for its lag every five seconds at most. Never told, there is no replica and no sample. */
  watchReplica(replica: ReplicaState): void;
  /** Asked at a scrape. `state` is `CLOSED`, `HALF_OPEN` or `OPEN`. */
  watchBreakers(read: () => readonly ProviderReading[]): void;
  /** Asked at a scrape: how many subscriptions are open. */
  watchSubscriptions(read: () => number): void;
  /** Asked at a scrape: whether Redis is used. Never told, there is no Redis and no sample. */
  watchRedis(isUp: () => boolean): void;
  /** Names of all metrics. */
  names(): string[];
  readonly contentType: string;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
}

const NOBODYS = 'none';
const OTHER = 'other';
/** Workspaces choose the names of their operations, and must not be able to fill the memory of every process with them. */
const MAX_OPERATIONS = 200;
const BREAKER_STATES = ['CLOSED', 'HALF_OPEN', 'OPEN'];

export function createMetrics(clock: Clock = monotonicClock): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
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

  let readQueues: () => Promise<readonly QueueState[] | undefined> = async () => undefined;
  let readWebhooks: () => Promise<WebhookState | undefined> = async () => undefined;
  let replica: ReplicaState | undefined;
  let readSubscriptions = () => 0;
  let readBreakers: () => readonly ProviderReading[] = () => [];
  let readRedis: (() => boolean) | undefined;
  const queueGauge = (name: string, help: string, read: (queue: QueueState) => number) =>
    new Gauge({
      name: `gateway_queue_${name}`,
      help,
      labelNames: ['queue'],
      registers,
      async collect() {
        const [queues = [], webhooks] = await Promise.all([readQueues(), readWebhooks()]);
        this.reset();
        for (const each of webhooks ? [...queues, webhooks] : queues) this.set({ queue: each.queue }, read(each));
      },
    });
  queueGauge('waiting', 'Jobs that wait.', ({ waiting }) => waiting);
  queueGauge('oldest_seconds', 'Seconds since the oldest waiting job fell due.', ({ oldestSeconds }) => oldestSeconds);
  new Gauge({
    name: 'gateway_webhook_endpoints',
    help: 'Endpoints of webhooks, by how it stands with them.',
    labelNames: ['state'],
    registers,
    async collect() {
      const webhooks = await readWebhooks();
      this.reset();
      if (webhooks) for (const state of ENDPOINT_STATES) this.set({ state }, webhooks.endpoints[state]);
    },
  });
  new Gauge({
    name: 'gateway_webhook_oldest_event_seconds',
    help: 'Seconds since the oldest event was written that an endpoint has not taken, by how it stands with the endpoint.',
    labelNames: ['state'],
    registers,
    async collect() {
      const webhooks = await readWebhooks();
      this.reset();
      for (const [state, age] of Object.entries(webhooks?.oldestEventSeconds ?? {})) this.set({ state }, age);
    },
  });
  new Gauge({
    name: 'gateway_replica_up',
    help: 'Whether lists are read on the replica: 1, or 0 while the primary is read instead.',
    registers,
    async collect() {
      // Asking for the lag finds out.
      await replica?.lag();
      if (replica) this.set(replica.isUp() ? 1 : 0);
      else this.remove();
    },
  });
  new Gauge({
    name: 'gateway_replica_lag_seconds',
    help: 'Seconds that the replica is behind the primary, and lists with it.',
    registers,
    async collect() {
      const seconds = await replica?.lag();
      if (seconds === undefined) this.remove();
      else this.set(seconds);
    },
  });
  new Gauge({
    name: 'gateway_provider_breaker',
    help: 'State of the circuit breaker: 0 closed, 1 half-open, 2 open.',
    labelNames: ['provider'],
    registers,
    collect() {
      this.reset();
      for (const { provider, state } of readBreakers()) this.set({ provider }, BREAKER_STATES.indexOf(state));
    },
  });
  new Gauge({
    name: 'gateway_redis_up',
    help: 'Whether limits are counted in Redis: 1, or 0 while PostgreSQL counts them.',
    registers,
    collect() {
      this.reset();
      if (readRedis) this.set(readRedis() ? 1 : 0);
      else this.remove();
    },
  });
  new Gauge({
    name: 'gateway_subscriptions',
    help: 'Subscriptions that are open.',
    registers,
    collect() {
      this.set(readSubscriptions());
    },
  });

  return {
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
    watchQueues(read) {
      readQueues = readInTime(clock, read);
    },
    watchWebhooks(read) {
      readWebhooks = readInTime(clock, read);
    },
    watchReplica({ isUp, lag }) {
      replica = { isUp, lag: readInTime(clock, lag) };
    },
    watchBreakers(read) {
      readBreakers = read;
    },
    watchRedis(isUp) {
      readRedis = isUp;
    },
    watchSubscriptions(read) {
      readSubscriptions = read;
    },
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };

  function known(operation: string | undefined): string {
    return operation !== undefined && operations.has(operation) ? operation : OTHER;
  }
}
