/**
 * What an operator counts, in a registry of this process alone. No label holds a contact, a workspace, a customer or a
 * key: `/metrics` asks for no credential, and what it tells must be nobody's secret. Every label is of a bounded set.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Clock, monotonicClock } from '../kernel/clock.js';
import { type Counters, createCounters } from './counters.js';
import { createGauges, type Gauges } from './gauges.js';

export interface Metrics extends Counters, Gauges {
  /** Names of all metrics. */
  names(): string[];
  readonly contentType: string;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
}

export function createMetrics(clock: Clock = monotonicClock): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    ...createCounters(registry),
    ...createGauges(registry, clock),
    names: () => registry.getMetricsAsArray().map(({ name }) => name),
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
