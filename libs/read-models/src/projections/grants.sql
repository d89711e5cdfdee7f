-- One row per grant; no secret and no hash of one.
CREATE TABLE {table} (
  grant_id text PRIMARY KEY,
  organisation text NOT NULL,
  server_id text NOT NULL,
  policy_id text NOT NULL,
  mode text NOT NULL,
  label text NOT NULL,
  issued_by text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_by text,
  revoked_at timestamptz,
  erased_by text,
  erased_at timestamptz,
  log_offset bigint NOT NULL
);
CREATE INDEX ON {table} (server_id);
CREATE INDEX ON {table} (policy_id);
