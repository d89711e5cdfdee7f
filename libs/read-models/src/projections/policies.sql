-- One row per publication of a policy; going back to an earlier document is a publication too.
CREATE TABLE {table} (
  log_offset bigint PRIMARY KEY,
  organisation text NOT NULL,
  policy_id text NOT NULL,
  version text NOT NULL,
  document text NOT NULL,
  published_by text NOT NULL,
  published_at timestamptz NOT NULL
);
CREATE INDEX ON {table} (organisation, policy_id, log_offset DESC);
CREATE INDEX ON {table} (version);
