// What clients keep: secrets, containers, consumers, access lists, orders and quotas.

export const secrets = `
CREATE TABLE secrets (
  id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  algorithm TEXT,
  bit_length INTEGER,
  mode TEXT,
  content_type TEXT,
  form TEXT NOT NULL,
  metadata TEXT NOT NULL,
  expires_at INTEGER,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  CONSTRAINT secrets_pk PRIMARY KEY (id),
  CONSTRAINT secrets_project FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX secrets_by_project ON secrets (project_id, created_at, id);

CREATE TABLE containers (
  id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT containers_pk PRIMARY KEY (id),
  CONSTRAINT containers_project FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX containers_by_project ON containers (project_id, created_at, id);

CREATE TABLE contained_secrets (
  container_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  secret_id TEXT NOT NULL,
  name TEXT,
  CONSTRAINT contained_secrets_pk PRIMARY KEY (container_id, place),
  CONSTRAINT contained_secrets_container FOREIGN KEY (container_id) REFERENCES containers (id) ON DELETE CASCADE,
  CONSTRAINT contained_secrets_secret FOREIGN KEY (secret_id) REFERENCES secrets (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX contained_secrets_by_secret ON contained_secrets (secret_id);

CREATE TABLE consumers (
  object_id TEXT NOT NULL,
  service TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource TEXT NOT NULL,
  project_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CONSTRAINT consumers_pk PRIMARY KEY (object_id, service, resource_type, resource),
  CONSTRAINT consumers_project FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consumers_by_project ON consumers (project_id);

CREATE TABLE access_lists (
  object_id TEXT NOT NULL,
  open_to_project INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT access_lists_pk PRIMARY KEY (object_id),
  CONSTRAINT access_lists_open CHECK (open_to_project IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE access_list_principals (
  object_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  name TEXT NOT NULL,
  CONSTRAINT access_list_principals_pk PRIMARY KEY (object_id, principal_id),
  CONSTRAINT access_list_principals_list FOREIGN KEY (object_id) REFERENCES access_lists (object_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX access_list_principals_by_principal ON access_list_principals (principal_id, object_id);

CREATE TABLE orders (
  id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  type TEXT NOT NULL,
  request TEXT NOT NULL,
  state TEXT NOT NULL,
  failure TEXT,
  secret_id TEXT,
  container_id TEXT,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CONSTRAINT orders_pk PRIMARY KEY (id),
  CONSTRAINT orders_project FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX orders_by_project ON orders (project_id, created_at, id);

CREATE TABLE project_quotas (
  -- No reference to projects: quotas may be set before the project is there.
  project_id TEXT NOT NULL,
  quotas TEXT NOT NULL,
  CONSTRAINT project_quotas_pk PRIMARY KEY (project_id)
) STRICT, WITHOUT ROWID;
`;
