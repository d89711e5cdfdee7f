-- One row per decided call.
CREATE TABLE {table} (
  log_partition integer NOT NULL,
  log_offset bigint NOT NULL,
  call_id uuid NOT NULL,
  grant_id text NOT NULL,
  organisation text NOT NULL,
  server_id text NOT NULL,
  tool text NOT NULL,
  verdict text NOT NULL,
  would_be text,
  rule text NOT NULL,
  policy_id text NOT NULL,
  policy_version text NOT NULL,
  session_id text NOT NULL,
  agent text NOT NULL,
  principal text NOT NULL,
  decided_at timestamptz NOT NULL,
  outcome text,
  settled_at timestamptz,
  PRIMARY KEY (log_partition, log_offset)
);
CREATE UNIQUE INDEX ON {table} (grant_id, call_id);
CREATE INDEX ON {table} (decided_at);
