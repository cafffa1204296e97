// Keys and key versions as rows, both ways. The order of the columns is the order of the arrays.

import { canonicalJson } from '../../base/canonical-json.ts';
import { isKeyOf } from '../../base/table.ts';
import { KEY_ALGORITHMS, KEY_USAGES, type KeyUsage } from '../../domain/algorithms.ts';
import type { DualControl } from '../../domain/dual-control.ts';
import {
  type Key,
  type KeyOrigin,
  type KeyVersion,
  type PendingDestruction,
  PROTECTION_LEVELS,
  type VersionCause,
} from '../../domain/key.ts';
import { KEY_STATES } from '../../domain/key-state.ts';
import type { Revocation } from '../../domain/revocation.ts';
import { USAGE_UNITS, type UsageLimit } from '../../domain/usage-limit.ts';
import {
  bytes,
  flag,
  integer,
  oneOf,
  optionalBytes,
  optionalInteger,
  optionalText,
  text,
  textList,
} from '../columns.ts';
import type { Row, Value } from '../session.ts';

export const KEY_COLUMNS = [
  'id',
  'project_id',
  'key_ring_id',
  'location',
  'algorithm',
  'usages',
  'protection',
  'origin',
  'exportable',
  'public_only',
  'service_owner',
  'label',
  'description',
  'tags',
  'state',
  'activate_at',
  'deactivate_at',
  'suspended_at',
  'primary_version',
  'latest_version',
  'rotation_period_ms',
  'rotation_next_at',
  'rotated_at',
  'destroy_at',
  'destruction_requested_at',
  'destruction_requested_by',
  'state_before_destruction',
  'dual_control',
  'process_start_at',
  'protect_stop_at',
  'revocation',
  'usage_unit',
  'usage_total',
  'usage_left',
  'archived_at',
  'created_by',
  'created_at',
  'updated_at',
  'revision',
  'wrapped_only',
  'replace_at',
  'replace_by',
] as const;

export const VERSION_COLUMNS = [
  'key_id',
  'number',
  'state',
  'cause',
  'material_id',
  'material_bytes',
  'wrapped',
  'public_key',
  'created_at',
  'destroyed_at',
] as const;

const ORIGINS = { generated: true, imported: true, external: true } as const satisfies Record<
  KeyOrigin,
  true
>;
const CAUSES = {
  created: true,
  scheduledRotation: true,
  requestedRotation: true,
  imported: true,
} as const satisfies Record<VersionCause, true>;

const isUsage = (item: string): item is KeyUsage => isKeyOf(KEY_USAGES, item);

/** Reads the columns of a key, of which the first stands at `at`. */
export function keyFromRow(row: Row, at = 0): Key {
  const periodMs = optionalInteger(row[at + 20]);
  const replaceAt = optionalInteger(row[at + 40]);
  return {
    id: text(row[at]),
    projectId: text(row[at + 1]),
    keyRingId: text(row[at + 2]),
    location: text(row[at + 3]),
    algorithm: oneOf(KEY_ALGORITHMS, row[at + 4]),
    usages: textList(row[at + 5], isUsage),
    protection: oneOf(PROTECTION_LEVELS, row[at + 6]),
    origin: oneOf(ORIGINS, row[at + 7]),
    exportable: flag(row[at + 8]),
    publicOnly: flag(row[at + 9]),
    serviceOwner: optionalText(row[at + 10]),
    label: text(row[at + 11]),
    description: text(row[at + 12]),
    // Written by canonicalJson from a record of texts.
    tags: JSON.parse(text(row[at + 13])) as Readonly<Record<string, string>>,
    state: oneOf(KEY_STATES, row[at + 14]),
    activateAt: optionalInteger(row[at + 15]),
    deactivateAt: optionalInteger(row[at + 16]),
    suspendedAt: optionalInteger(row[at + 17]),
    primaryVersion: integer(row[at + 18]),
    latestVersion: integer(row[at + 19]),
    rotation: periodMs === undefined ? undefined : { periodMs, nextAt: integer(row[at + 21]) },
    rotatedAt: optionalInteger(row[at + 22]),
    destruction: destructionFromRow(row, at + 23),
    dualControl: optionalRecord<DualControl>(row[at + 27]),
    processStartAt: optionalInteger(row[at + 28]),
    protectStopAt: optionalInteger(row[at + 29]),
    revocation: optionalRecord<Revocation>(row[at + 30]),
    usageLimit: usageLimitFromRow(row, at + 31),
    archivedAt: optionalInteger(row[at + 34]),
    createdBy: text(row[at + 35]),
    createdAt: integer(row[at + 36]),
    updatedAt: integer(row[at + 37]),
    revision: integer(row[at + 38]),
    wrappedOnly: flag(row[at + 39]) || undefined,
    replacement: replaceAt === undefined ? undefined : { at: replaceAt, by: text(row[at + 41]) },
  };
}

function destructionFromRow(row: Row, at: number): PendingDestruction | undefined {
  const due = optionalInteger(row[at]);
  if (due === undefined) return undefined;
  return {
    at: due,
    requestedAt: integer(row[at + 1]),
    requestedBy: text(row[at + 2]),
    stateBefore: oneOf(KEY_STATES, row[at + 3]),
  };
}

function usageLimitFromRow(row: Row, at: number): UsageLimit | undefined {
  const total = optionalInteger(row[at + 1]);
  return total === undefined
    ? undefined
    : { unit: oneOf(USAGE_UNITS, row[at]), total, left: integer(row[at + 2]) };
}

/** Written by canonicalJson from a record of that type. */
function optionalRecord<Stored>(column: Value | undefined): Stored | undefined {
  const stored = optionalText(column);
  return stored === undefined ? undefined : (JSON.parse(stored) as Stored);
}

export function rowOfKey(key: Key): Row {
  return [
    key.id,
    key.projectId,
    key.keyRingId,
    key.location,
    key.algorithm,
    canonicalJson(key.usages),
    key.protection,
    key.origin,
    Number(key.exportable),
    Number(key.publicOnly),
    key.serviceOwner ?? null,
    key.label,
    key.description,
    canonicalJson(key.tags),
    key.state,
    key.activateAt ?? null,
    key.deactivateAt ?? null,
    key.suspendedAt ?? null,
    key.primaryVersion,
    key.latestVersion,
    key.rotation?.periodMs ?? null,
    key.rotation?.nextAt ?? null,
    key.rotatedAt ?? null,
    key.destruction?.at ?? null,
    key.destruction?.requestedAt ?? null,
    key.destruction?.requestedBy ?? null,
    key.destruction?.stateBefore ?? null,
    key.dualControl === undefined ? null : canonicalJson(key.dualControl),
    key.processStartAt ?? null,
    key.protectStopAt ?? null,
    key.revocation === undefined ? null : canonicalJson(key.revocation),
    key.usageLimit?.unit ?? null,
    key.usageLimit?.total ?? null,
    key.usageLimit?.left ?? null,
    key.archivedAt ?? null,
    key.createdBy,
    key.createdAt,
    key.updatedAt,
    key.revision,
    Number(key.wrappedOnly ?? false),
    key.replacement?.at ?? null,
    key.replacement?.by ?? null,
  ];
}

/** Reads the columns of a key version, of which the first stands at `at`. */
export function versionFromRow(row: Row, at = 0): KeyVersion {
  return {
    keyId: text(row[at]),
    number: integer(row[at + 1]),
    state: oneOf(KEY_STATES, row[at + 2]),
    cause: oneOf(CAUSES, row[at + 3]),
    materialId: text(row[at + 4]),
    materialBytes: optionalInteger(row[at + 5]),
    wrapped: bytes(row[at + 6]),
    publicKey: optionalBytes(row[at + 7]),
    createdAt: integer(row[at + 8]),
    destroyedAt: optionalInteger(row[at + 9]),
  };
}

export function rowOfVersion(version: KeyVersion): Row {
  return [
    version.keyId,
    version.number,
    version.state,
    version.cause,
    version.materialId,
    version.materialBytes ?? null,
    version.wrapped,
    version.publicKey ?? null,
    version.createdAt,
    version.destroyedAt ?? null,
  ];
}
