// The tables as Kysely knows them, and what a snapshot must know of them. The migrations make them; docs/formats/schema.md explains them.

import type { Bytes } from '../base/bytes.ts';

/** Boolean: 0 or 1. */
type Flag = number;
/** Instant: milliseconds since 1970-01-01T00:00:00Z. */
type Instant = number;

export interface Tables {
  settings: { name: string; value: string };
  projects: {
    id: string;
    name: string;
    account_id: string;
    enabled: Flag;
    created_at: Instant;
    revision: number;
  };
  key_rings: {
    id: string;
    project_id: string;
    name: string;
    owner: string | null;
    created_by: string;
    created_at: Instant;
  };
  keys: {
    id: string;
    project_id: string;
    key_ring_id: string;
    location: string;
    algorithm: string;
    usages: string;
    protection: string;
    origin: string;
    exportable: Flag;
    public_only: Flag;
    service_owner: string | null;
    label: string;
    description: string;
    tags: string;
    state: string;
    activate_at: Instant | null;
    deactivate_at: Instant | null;
    suspended_at: Instant | null;
    primary_version: number;
    latest_version: number;
    rotation_period_ms: number | null;
    rotation_next_at: Instant | null;
    rotated_at: Instant | null;
    destroy_at: Instant | null;
    destruction_requested_at: Instant | null;
    destruction_requested_by: string | null;
    state_before_destruction: string | null;
    dual_control: string | null;
    process_start_at: Instant | null;
    protect_stop_at: Instant | null;
    revocation: string | null;
    usage_unit: string | null;
    usage_total: number | null;
    usage_left: number | null;
    archived_at: Instant | null;
    created_by: string;
    created_at: Instant;
    updated_at: Instant;
    revision: number;
    wrapped_only: Flag;
    replace_at: Instant | null;
    replace_by: string | null;
    kind: string;
  };
  key_marks: { key_id: string; mark: string; project_id: string; created_at: Instant };
  key_versions: {
    key_id: string;
    number: number;
    state: string;
    cause: string;
    material_id: string;
    material_bytes: number | null;
    wrapped: Bytes;
    public_key: Bytes | null;
    created_at: Instant;
    destroyed_at: Instant | null;
  };
  key_links: {
    from_key_id: string;
    type: string;
    to_key_id: string;
    created_by: string;
    created_at: Instant;
  };
  names: {
    project_id: string;
    namespace: string;
    text: string;
    key_id: string;
    created_at: Instant;
    updated_at: Instant;
  };
  principals: {
    id: string;
    /** Empty for the principals of the system. */
    home: string;
    project_id: string | null;
    kind: string;
    name: string;
    key_ring_id: string | null;
    enabled: Flag;
    created_at: Instant;
    revision: number;
  };
  credentials: {
    id: string;
    principal_id: string;
    kind: string;
    lookup: string;
    verifier: Bytes;
    enabled: Flag;
    created_at: Instant;
    expires_at: Instant | null;
    application: string | null;
  };
  bindings: { id: string; principal_id: string; role: string; scope: string; created_at: Instant };
  rules: {
    id: string;
    scope: string;
    effect: string;
    principals: string;
    permissions: string;
    conditions: string;
    owner: string | null;
    created_at: Instant;
  };
  facets: { object_id: string; protocol: string; document: string };
  transport_keys: {
    id: string;
    project_id: string;
    owner: string;
    algorithm: string;
    wrapped: Bytes;
    public_key: Bytes;
    nonce: Bytes;
    created_by: string;
    created_at: Instant;
    expires_at: Instant;
    reads_max: number;
    reads_left: number;
  };
  registrations: {
    key_id: string;
    resource: string;
    project_id: string;
    prevents_destruction: Flag;
    description: string;
    metadata: string;
    key_version: number;
    created_by: string;
    created_at: Instant;
    updated_by: string;
    updated_at: Instant;
    revision: number;
  };
  secrets: {
    id: string;
    project_id: string;
    type: string;
    name: string | null;
    algorithm: string | null;
    bit_length: number | null;
    mode: string | null;
    content_type: string | null;
    form: string;
    metadata: string;
    expires_at: Instant | null;
    created_by: string;
    created_at: Instant;
    updated_at: Instant;
    revision: number;
  };
  containers: {
    id: string;
    project_id: string;
    type: string;
    name: string | null;
    created_by: string;
    created_at: Instant;
    updated_at: Instant;
  };
  contained_secrets: { container_id: string; place: number; secret_id: string; name: string | null };
  consumers: {
    object_id: string;
    service: string;
    resource_type: string;
    resource: string;
    project_id: string;
    created_at: Instant;
  };
  access_lists: { object_id: string; open_to_project: Flag; created_at: Instant; updated_at: Instant };
  access_list_principals: { object_id: string; principal_id: string; name: string };
  orders: {
    id: string;
    project_id: string;
    type: string;
    request: string;
    state: string;
    failure: string | null;
    secret_id: string | null;
    container_id: string | null;
    created_by: string;
    created_at: Instant;
    updated_at: Instant;
  };
  project_quotas: { project_id: string; quotas: string };
  wrapping_keys: {
    project_id: string;
    generation: number;
    root_generation: number;
    wrapped: Bytes;
    created_at: Instant;
  };
  token_keys: {
    id: string;
    public_key: Bytes;
    wrapped: Bytes;
    created_at: Instant;
    ends_at: Instant | null;
  };
  token_revocations: { token_id: string; ends_at: Instant };
  root_keys: {
    generation: number;
    provider: string;
    parameters: string;
    fingerprint: string;
    state: string;
    created_at: Instant;
  };
  log_entries: {
    entry_index: number;
    at: Instant;
    project_id: string | null;
    principal_id: string | null;
    operation: string;
    outcome: string;
    leaf: Bytes;
  };
  log_keys: { key_id: string; used: Flag; entry_index: number };
  log_tiles: { level: number; tile_index: number; hashes: Bytes };
  log_head: { id: number; head: Bytes; latest_at: number; disorder_ms: number };
  log_checkpoints: { size: number; note: string };
}

export type TableName = keyof Tables;

/** Every table with its primary key, in an order in which rows can be inserted: a table stands after those it refers to. */
export const PRIMARY_KEYS = {
  settings: ['name'],
  root_keys: ['generation'],
  projects: ['id'],
  wrapping_keys: ['project_id', 'generation'],
  token_keys: ['id'],
  token_revocations: ['token_id'],
  key_rings: ['id'],
  keys: ['id'],
  key_versions: ['key_id', 'number'],
  key_links: ['from_key_id', 'type', 'to_key_id'],
  key_marks: ['key_id', 'mark'],
  names: ['project_id', 'namespace', 'text'],
  principals: ['id'],
  credentials: ['id'],
  bindings: ['id'],
  rules: ['id'],
  facets: ['object_id', 'protocol'],
  registrations: ['key_id', 'resource'],
  transport_keys: ['id'],
  secrets: ['id'],
  containers: ['id'],
  contained_secrets: ['container_id', 'place'],
  consumers: ['object_id', 'service', 'resource_type', 'resource'],
  access_lists: ['object_id'],
  access_list_principals: ['object_id', 'principal_id'],
  orders: ['id'],
  project_quotas: ['project_id'],
  log_entries: ['entry_index'],
  log_keys: ['key_id', 'used', 'entry_index'],
  log_tiles: ['level', 'tile_index'],
  log_head: ['id'],
  log_checkpoints: ['size'],
} as const satisfies { readonly [T in TableName]: readonly (keyof Tables[T])[] };
