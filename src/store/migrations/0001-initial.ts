// The first schema. A migration that has been released is never edited: a later one changes what it made.

export const initial = `
CREATE TABLE settings (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT settings_pk PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE projects (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  account_id TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  CONSTRAINT projects_pk PRIMARY KEY (id),
  CONSTRAINT projects_name UNIQUE (name),
  CONSTRAINT projects_account UNIQUE (account_id),
  CONSTRAINT projects_enabled CHECK (enabled IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE key_rings (
  id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  name TEXT NOT NULL,
  owner TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT key_rings_pk PRIMARY KEY (id),
  CONSTRAINT key_rings_name UNIQUE (project_id, name),
  CONSTRAINT key_rings_project FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  key_ring_id TEXT NOT NULL,
  location TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  usages TEXT NOT NULL,
  protection TEXT NOT NULL,
  origin TEXT NOT NULL,
  exportable INTEGER NOT NULL,
  public_only INTEGER NOT NULL,
  service_owner TEXT,
  label TEXT NOT NULL,
  description TEXT NOT NULL,
  tags TEXT NOT NULL,
  state TEXT NOT NULL,
  activate_at INTEGER,
  deactivate_at INTEGER,
  suspended_at INTEGER,
  primary_version INTEGER NOT NULL,
  latest_version INTEGER NOT NULL,
  rotation_period_ms INTEGER,
  rotation_next_at INTEGER,
  rotated_at INTEGER,
  destroy_at INTEGER,
  destruction_requested_at INTEGER,
  destruction_requested_by TEXT,
  state_before_destruction TEXT,
  dual_control TEXT,
  process_start_at INTEGER,
  protect_stop_at INTEGER,
  revocation TEXT,
  usage_unit TEXT,
  usage_total INTEGER,
  usage_left INTEGER,
  archived_at INTEGER,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  wrapped_only INTEGER NOT NULL,
  replace_at INTEGER,
  replace_by TEXT,
  CONSTRAINT keys_pk PRIMARY KEY (id),
  CONSTRAINT keys_project FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT keys_key_ring FOREIGN KEY (key_ring_id) REFERENCES key_rings (id),
  CONSTRAINT keys_exportable CHECK (exportable IN (0, 1)),
  CONSTRAINT keys_wrapped_only CHECK (wrapped_only IN (0, 1) AND wrapped_only <= exportable),
  CONSTRAINT keys_public_only CHECK (public_only IN (0, 1) AND public_only + exportable < 2),
  CONSTRAINT keys_rotation CHECK ((rotation_period_ms IS NULL) = (rotation_next_at IS NULL)),
  CONSTRAINT keys_replacement CHECK ((replace_at IS NULL) = (replace_by IS NULL)),
  CONSTRAINT keys_usage CHECK (
    (usage_unit IS NULL) = (usage_total IS NULL)
    AND (usage_unit IS NULL) = (usage_left IS NULL)
    AND (usage_left IS NULL OR usage_left BETWEEN 0 AND usage_total)
  ),
  CONSTRAINT keys_suspension CHECK (suspended_at IS NULL OR state = 'suspended'),
  CONSTRAINT keys_destruction CHECK (
    (destroy_at IS NULL) = (destruction_requested_at IS NULL)
    AND (destroy_at IS NULL) = (destruction_requested_by IS NULL)
    AND (destroy_at IS NULL) = (state_before_destruction IS NULL)
  )
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_project ON keys (project_id, state, id);
CREATE INDEX keys_by_location ON keys (project_id, location, state, id);
CREATE INDEX keys_by_key_ring ON keys (key_ring_id, state, id);
CREATE INDEX keys_by_rotation ON keys (rotation_next_at, id)
  WHERE rotation_next_at IS NOT NULL AND destroy_at IS NULL AND state = 'active';
CREATE INDEX keys_by_replacement ON keys (replace_at, id)
  WHERE replace_at IS NOT NULL AND destroy_at IS NULL AND state = 'active';
CREATE INDEX keys_by_activation ON keys (activate_at, id)
  WHERE activate_at IS NOT NULL AND destroy_at IS NULL AND state = 'preActive';
CREATE INDEX keys_by_deactivation ON keys (deactivate_at, id)
  WHERE deactivate_at IS NOT NULL AND destroy_at IS NULL AND state = 'active';
CREATE INDEX keys_by_destruction ON keys (destroy_at, id) WHERE destroy_at IS NOT NULL AND state <> 'destroyed';

CREATE TABLE key_versions (
  key_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  state TEXT NOT NULL,
  cause TEXT NOT NULL,
  material_id TEXT NOT NULL,
  material_bytes INTEGER,
  wrapped BLOB NOT NULL,
  public_key BLOB,
  created_at INTEGER NOT NULL,
  destroyed_at INTEGER,
  CONSTRAINT key_versions_pk PRIMARY KEY (key_id, number),
  CONSTRAINT key_versions_key FOREIGN KEY (key_id) REFERENCES keys (id)
) STRICT;

CREATE TABLE key_links (
  from_key_id TEXT NOT NULL,
  type TEXT NOT NULL,
  to_key_id TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT key_links_pk PRIMARY KEY (from_key_id, type, to_key_id),
  CONSTRAINT key_links_from FOREIGN KEY (from_key_id) REFERENCES keys (id),
  CONSTRAINT key_links_to FOREIGN KEY (to_key_id) REFERENCES keys (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE names (
  project_id TEXT NOT NULL,
  namespace TEXT NOT NULL,
  text TEXT NOT NULL,
  key_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT names_pk PRIMARY KEY (project_id, namespace, text),
  CONSTRAINT names_project FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT names_key FOREIGN KEY (key_id) REFERENCES keys (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX names_by_key ON names (key_id, project_id, namespace, text);

CREATE TABLE principals (
  id TEXT NOT NULL,
  home TEXT NOT NULL,
  project_id TEXT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  key_ring_id TEXT,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  CONSTRAINT principals_pk PRIMARY KEY (id),
  CONSTRAINT principals_name UNIQUE (home, name),
  CONSTRAINT principals_project FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT principals_key_ring FOREIGN KEY (key_ring_id) REFERENCES key_rings (id),
  CONSTRAINT principals_home CHECK (home = coalesce(project_id, '')),
  CONSTRAINT principals_enabled CHECK (enabled IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX principals_by_home ON principals (home, id);
CREATE INDEX principals_by_key_ring ON principals (key_ring_id) WHERE key_ring_id IS NOT NULL;

CREATE TABLE credentials (
  id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  lookup TEXT NOT NULL,
  verifier BLOB NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  application TEXT,
  CONSTRAINT credentials_pk PRIMARY KEY (id),
  CONSTRAINT credentials_lookup UNIQUE (lookup),
  CONSTRAINT credentials_principal FOREIGN KEY (principal_id) REFERENCES principals (id) ON DELETE CASCADE,
  CONSTRAINT credentials_enabled CHECK (enabled IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_by_principal ON credentials (principal_id, id);

CREATE TABLE bindings (
  id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  role TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT bindings_pk PRIMARY KEY (id),
  CONSTRAINT bindings_principal FOREIGN KEY (principal_id) REFERENCES principals (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX bindings_by_principal ON bindings (principal_id, id);
CREATE INDEX bindings_by_scope ON bindings (scope, id);

CREATE TABLE rules (
  id TEXT NOT NULL,
  scope TEXT NOT NULL,
  effect TEXT NOT NULL,
  principals TEXT NOT NULL,
  permissions TEXT NOT NULL,
  conditions TEXT NOT NULL,
  owner TEXT,
  created_at INTEGER NOT NULL,
  CONSTRAINT rules_pk PRIMARY KEY (id)
) STRICT;
CREATE INDEX rules_by_scope ON rules (scope, id);

CREATE TABLE facets (
  object_id TEXT NOT NULL,
  protocol TEXT NOT NULL,
  document TEXT NOT NULL,
  CONSTRAINT facets_pk PRIMARY KEY (object_id, protocol)
) STRICT;

CREATE TABLE registrations (
  key_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  project_id TEXT NOT NULL,
  prevents_destruction INTEGER NOT NULL,
  description TEXT NOT NULL,
  metadata TEXT NOT NULL,
  key_version INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  CONSTRAINT registrations_pk PRIMARY KEY (key_id, resource),
  CONSTRAINT registrations_key FOREIGN KEY (key_id) REFERENCES keys (id),
  CONSTRAINT registrations_project FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT registrations_prevents CHECK (prevents_destruction IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX registrations_by_project ON registrations (project_id, resource, key_id);

CREATE TABLE transport_keys (
  id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  public_key BLOB NOT NULL,
  nonce BLOB NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  reads_max INTEGER NOT NULL,
  reads_left INTEGER NOT NULL,
  CONSTRAINT transport_keys_pk PRIMARY KEY (id),
  CONSTRAINT transport_keys_owner UNIQUE (project_id, owner),
  CONSTRAINT transport_keys_project FOREIGN KEY (project_id) REFERENCES projects (id),
  CONSTRAINT transport_keys_reads CHECK (reads_left BETWEEN 0 AND reads_max)
) STRICT;
CREATE INDEX transport_keys_by_expiry ON transport_keys (expires_at, id) WHERE length(wrapped) > 0;

CREATE TABLE wrapping_keys (
  project_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  root_generation INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  -- No reference to projects: the row of "system" belongs to none (docs/formats/wrapped-material.md).
  CONSTRAINT wrapping_keys_pk PRIMARY KEY (project_id, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX wrapping_keys_by_root ON wrapping_keys (root_generation, project_id, generation);

CREATE TABLE token_keys (
  id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at INTEGER,
  CONSTRAINT token_keys_pk PRIMARY KEY (id)
) STRICT;

CREATE TABLE token_revocations (
  token_id TEXT NOT NULL,
  ends_at INTEGER NOT NULL,
  CONSTRAINT token_revocations_pk PRIMARY KEY (token_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_revocations_by_end ON token_revocations (ends_at);

CREATE TABLE root_keys (
  generation INTEGER NOT NULL,
  provider TEXT NOT NULL,
  parameters TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT root_keys_pk PRIMARY KEY (generation)
) STRICT;

CREATE TABLE log_entries (
  entry_index INTEGER NOT NULL,
  at INTEGER NOT NULL,
  project_id TEXT,
  principal_id TEXT,
  operation TEXT NOT NULL,
  outcome TEXT NOT NULL,
  leaf BLOB NOT NULL,
  CONSTRAINT log_entries_pk PRIMARY KEY (entry_index)
) STRICT;
CREATE INDEX log_entries_by_project ON log_entries (project_id, entry_index);
CREATE INDEX log_entries_by_principal ON log_entries (principal_id, entry_index);

CREATE TABLE log_keys (
  key_id TEXT NOT NULL,
  used INTEGER NOT NULL,
  entry_index INTEGER NOT NULL,
  CONSTRAINT log_keys_pk PRIMARY KEY (key_id, used, entry_index),
  CONSTRAINT log_keys_used CHECK (used IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE log_tiles (
  level INTEGER NOT NULL,
  tile_index INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  CONSTRAINT log_tiles_pk PRIMARY KEY (level, tile_index)
) STRICT;

CREATE TABLE log_head (
  id INTEGER NOT NULL,
  head BLOB NOT NULL,
  CONSTRAINT log_head_pk PRIMARY KEY (id),
  CONSTRAINT log_head_single CHECK (id = 1)
) STRICT;

CREATE TABLE log_checkpoints (
  size INTEGER NOT NULL,
  note TEXT NOT NULL,
  CONSTRAINT log_checkpoints_pk PRIMARY KEY (size)
) STRICT;
`;
