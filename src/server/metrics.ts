// Prometheus metrics. Operations are counted where their audit entries become durable, so that the counts and the log cannot disagree.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditEntry } from '../domain/audit-entry.ts';

export interface Metrics {
  readonly registry: Registry;
  countEntry(entry: AuditEntry): void;
  observeRequest(protocol: string, status: number, durationMs: number): void;
  /** Gauges of one protocol, whose values are asked for at each scrape. */
  addGauges(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[],
  ): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'keyhold_' });
  // Counted here and shown when asked: the library makes a text of the labels for each call, on the path of every request.
  const counts = new Map<string, { readonly labels: Record<string, string>; count: number }>();
  new Counter({
    name: 'keyhold_operations_total',
    help: 'Operations answered or refused, by name, protocol and outcome; each one is an entry of the audit log',
    labelNames: ['operation', 'protocol', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, count } of counts.values()) this.inc(labels, count);
    },
  });
  const requests = new Histogram({
    name: 'keyhold_http_request_seconds',
    help: 'Time from the arrival of an HTTP request to the end of its answer',
    labelNames: ['protocol', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  /** By protocol, and the first digit of the status. */
  const histograms = new Map<string, Histogram.Internal<string>[]>();
  return {
    registry,
    countEntry({ operation, protocol, outcome }) {
      const counted = remember(counts, `${operation} ${protocol} ${outcome}`, () => ({
        labels: { operation, protocol, outcome },
        count: 0,
      }));
      counted.count += 1;
    },
    addGauges(name, help, labelNames, read) {
      // A listener that was closed and is open again brings its own.
      registry.removeSingleMetric(name);
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [registry],
        collect() {
          this.reset();
          for (const { labels, value } of read()) this.set(labels, value);
        },
      });
    },
    observeRequest(protocol, status, durationMs) {
      const known = remember(histograms, protocol, () => []);
      const digit = Math.floor(status / 100);
      known[digit] ??= requests.labels({ protocol, status: `${digit}xx` });
      known[digit].observe(durationMs / 1000);
    },
  };
}

function remember<T>(known: Map<string, T>, name: string, make: () => T): T {
  let found = known.get(name);
  if (found === undefined) {
    found = make();
    known.set(name, found);
  }
  return found;
}
