/** What is asked at a scrape, of whoever can tell it. What cannot be told has no sample. */
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../kernel/clock.js';
import { readInTime } from './reading.js';

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

export interface Gauges {
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
  /** Asked at a scrape: the seconds by which the database's clock is ahead of this host's. */
  watchClock(read: () => number | undefined): void;
  /** Asked at a scrape: whether Redis is used. Never told, there is no Redis and no sample. */
  watchRedis(isUp: () => boolean): void;
}

const BREAKER_STATES = ['CLOSED', 'HALF_OPEN', 'OPEN'];

/** Gauges in a registry that has none of them. */
export function createGauges(registry: Registry, clock: Clock): Gauges {
  let readQueues: () => Promise<readonly QueueState[] | undefined> = async () => undefined;
  let readWebhooks: () => Promise<WebhookState | undefined> = async () => undefined;
  let replica: ReplicaState | undefined;
  let readSubscriptions = () => 0;
  let readBreakers: () => readonly ProviderReading[] = () => [];
  let readRedis: (() => boolean) | undefined;
  let readClock: (() => number | undefined) | undefined;

  const { gauge, gaugeBy } = gaugesIn(registry);
  const ofQueues = (read: (queue: QueueState) => number) => async () => {
    const [queues = [], webhooks] = await Promise.all([readQueues(), readWebhooks()]);
    return (webhooks ? [...queues, webhooks] : queues).map((each) => [each.queue, read(each)] as const);
  };
  gaugeBy(
    'queue',
    'queue_waiting',
    'Jobs that wait.',
    ofQueues(({ waiting }) => waiting),
  );
  gaugeBy(
    'queue',
    'queue_oldest_seconds',
    'Seconds since the oldest waiting job fell due.',
    ofQueues(({ oldestSeconds }) => oldestSeconds),
  );
  gaugeBy('state', 'webhook_endpoints', 'Endpoints of webhooks, by how it stands with them.', async () => {
    const webhooks = await readWebhooks();
    return webhooks ? ENDPOINT_STATES.map((state) => [state, webhooks.endpoints[state]] as const) : [];
  });
  gaugeBy(
    'state',
    'webhook_oldest_event_seconds',
    'Seconds since the oldest event was written that an endpoint has not taken, by how it stands with the endpoint.',
    async () => Object.entries((await readWebhooks())?.oldestEventSeconds ?? {}),
  );
  gauge('replica_up', 'Whether lists are read on the replica: 1, or 0 while the primary is read instead.', async () => {
    // Asking for the lag finds out.
    await replica?.lag();
    return replica && Number(replica.isUp());
  });
  gauge('replica_lag_seconds', 'Seconds that the replica is behind the primary, and lists with it.', () =>
    replica?.lag(),
  );
  gaugeBy('provider', 'provider_breaker', 'State of the circuit breaker: 0 closed, 1 half-open, 2 open.', () =>
    readBreakers().map(({ provider, state }) => [provider, BREAKER_STATES.indexOf(state)] as const),
  );
  gauge(
    'redis_up',
    'Whether limits are counted in Redis: 1, or 0 while PostgreSQL counts them.',
    () => readRedis && Number(readRedis()),
  );
  gauge('clock_ahead_seconds', "Seconds that the database's clock is ahead of this host's; below 0: behind.", () =>
    readClock?.(),
  );
  gauge('subscriptions', 'Subscriptions that are open.', () => readSubscriptions());

  return {
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
    watchClock(read) {
      readClock = read;
    },
    watchSubscriptions(read) {
      readSubscriptions = read;
    },
  };
}

type Told<Value> = Value | Promise<Value>;

function gaugesIn(registry: Registry) {
  const registers = [registry];
  return {
    /** One sample, or none where `read` has nothing to tell. */
    gauge(name: string, help: string, read: () => Told<number | undefined>): void {
      new Gauge({
        name: `gateway_${name}`,
        help,
        registers,
        async collect() {
          const value = await read();
          if (value === undefined) this.remove();
          else this.set(value);
        },
      });
    },
    /** One sample for each value of the label that `read` tells, and none for those that it told before. */
    gaugeBy(label: string, name: string, help: string, read: () => Told<readonly (readonly [string, number])[]>): void {
      new Gauge({
        name: `gateway_${name}`,
        help,
        labelNames: [label],
        registers,
        async collect() {
          const samples = await read();
          this.reset();
          for (const [value, sample] of samples) this.set({ [label]: value }, sample);
        },
      });
    },
  };
}
