-- One row per approval that a call has asked for.
CREATE TABLE {table} (
  approval_id text PRIMARY KEY,
  grant_id text NOT NULL,
  organisation text NOT NULL,
  server_id text NOT NULL,
  tool text NOT NULL,
  agent text NOT NULL,
  principal text NOT NULL,
  session_id text NOT NULL,
  rule text NOT NULL,
  policy_id text NOT NULL,
  policy_version text NOT NULL,
  call_id uuid NOT NULL,
  requested_by text NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  needed integer NOT NULL,
  -- Without expiry, which needs no event.
  decided_state text NOT NULL DEFAULT 'pending',
  approvers text,
  decided_by text,
  decided_comment text,
  decided_at timestamptz,
  redeemed_by_call_id uuid,
  redeemed_at timestamptz,
  log_partition integer NOT NULL,
  log_offset bigint NOT NULL
);
CREATE INDEX ON {table} (requested_at);
CREATE INDEX ON {table} (grant_id);
