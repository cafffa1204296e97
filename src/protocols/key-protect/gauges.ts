// The gauges of an instance whose metrics policy is on: how many requests of each kind the last whole minute had, and how long they took.

import { readFacet } from '../../core/facets.ts';
import type { Kms } from '../../core/kms.ts';
import { PROTOCOL_NAME } from './names.ts';
import { storedPolicies } from './policies/instance-policies.ts';

/** Gauges of the server whose values are asked for at each reading. */
export interface GaugeRegistry {
  addGauges(
    name: string,
    help: string,
    labelNames: readonly string[],
    read: () => readonly GaugeValue[],
  ): void;
}

export interface GaugeValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MeasuredRequest {
  readonly instanceId: string;
  /** Such as `POST /api/v2/keys`. */
  readonly api: string;
  readonly status: number;
  readonly durationMs: number;
}

interface Measured {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  totalMs: number;
}

const MINUTE_MS = 60_000;
const LABELS = [
  'ibm_resource_type',
  'ibm_kms_response_code',
  'ibm_scope',
  'ibm_ctype',
  'ibm_location',
  'ibm_service_name',
  'ibm_resource',
  'ibm_kms_api',
  'ibm_resource_group_name',
  'ibm_service_instance_name',
  'ibm_service_instance',
] as const;

/** Whether an instance is measured is asked once a minute: it gives nobody anything. */
export class ApiGauges {
  readonly #kms: Kms;
  readonly #region: string;
  readonly #wanted = new Map<string, Promise<string | undefined>>();
  #minute = 0;
  #current = new Map<string, Measured>();
  #last: ReadonlyMap<string, Measured> = new Map();

  constructor(kms: Kms, region: string, registry: GaugeRegistry) {
    this.#kms = kms;
    this.#region = region;
    const read = (figureOf: (measured: Measured) => number) => (): readonly GaugeValue[] => {
      this.#turn();
      return [...this.#last.values()].map(measured => ({
        labels: measured.labels,
        value: figureOf(measured),
      }));
    };
    registry.addGauges(
      'ibm_kms_api_request_gauge',
      'Requests of the last minute to instances whose metrics policy is on',
      LABELS,
      read(({ count }) => count),
    );
    registry.addGauges(
      'ibm_kms_api_latency_gauge',
      'Mean time of these requests in milliseconds',
      LABELS,
      read(({ count, totalMs }) => totalMs / count),
    );
  }

  async observe({ instanceId, api, status, durationMs }: MeasuredRequest): Promise<void> {
    this.#turn();
    const wanted = this.#wanted.get(instanceId) ?? this.#nameOfMeasured(instanceId);
    this.#wanted.set(instanceId, wanted);
    const name = await wanted;
    if (name === undefined) return;
    const key = `${instanceId} ${api} ${status}`;
    const measured = this.#current.get(key) ?? {
      labels: this.#labelsOf(instanceId, name, api, status),
      count: 0,
      totalMs: 0,
    };
    measured.count += 1;
    measured.totalMs += durationMs;
    this.#current.set(key, measured);
  }

  #turn(): void {
    const minute = Math.floor(this.#kms.clock.now() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#last = minute === this.#minute + 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#minute = minute;
    this.#wanted.clear();
  }

  /** The name of the project; undefined where its policy is off, or cannot be read now. */
  async #nameOfMeasured(instanceId: string): Promise<string | undefined> {
    try {
      const { metrics } = storedPolicies(await readFacet(this.#kms.store, instanceId, PROTOCOL_NAME));
      if (metrics?.enabled !== true) return undefined;
      return (await this.#kms.store.projects.find(instanceId))?.name;
    } catch {
      // Measuring never fails a request: a store that is away shows itself elsewhere.
      return undefined;
    }
  }

  #labelsOf(instanceId: string, name: string, api: string, status: number): Readonly<Record<string, string>> {
    return {
      ibm_resource_type: 'instance',
      ibm_kms_response_code: String(status),
      ibm_scope: `a/${instanceId.replaceAll('-', '')}`,
      ibm_ctype: 'public',
      ibm_location: this.#region,
      ibm_service_name: 'kms',
      ibm_resource: instanceId,
      ibm_kms_api: api,
      ibm_resource_group_name: 'default',
      ibm_service_instance_name: name,
      ibm_service_instance: instanceId,
    };
  }
}
