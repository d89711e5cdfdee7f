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
  -- In the order of time, so that a new row goes to the index's end, and pages of a listing have one order.
  PRIMARY KEY (decided_at, log_partition, log_offset)
);
-- A call id begins with its time: new ones go to the index's end, too.
CREATE INDEX ON {table} (call_id);
