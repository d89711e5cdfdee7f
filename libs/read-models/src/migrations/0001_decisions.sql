-- Where each projection stands in each partition: written in the same transaction as its rows.
CREATE TABLE docket.projection_checkpoint (
  projection text NOT NULL,
  topic text NOT NULL,
  log_partition integer NOT NULL,
  next_offset bigint NOT NULL,
  resume jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (projection, topic, log_partition)
);

-- One row per decided call. The table carries the projection's version, so that a new one can be filled beside it.
CREATE TABLE docket.decisions_v1 (
  log_partition integer NOT NULL,
  log_offset bigint NOT NULL,
  call_id uuid NOT NULL,
  grant_id text NOT NULL,
  organisation text NOT NULL,
  server_id text NOT NULL,
  tool text NOT NULL,
  verdict text NOT NULL,
  rule text NOT NULL,
  policy_id text NOT NULL,
  policy_version text NOT NULL,
  session_id text NOT NULL,
  agent text NOT NULL,
  decided_at timestamptz NOT NULL,
  outcome text,
  settled_at timestamptz,
  PRIMARY KEY (log_partition, log_offset)
);
CREATE UNIQUE INDEX decisions_v1_call ON docket.decisions_v1 (grant_id, call_id);
CREATE INDEX decisions_v1_decided_at ON docket.decisions_v1 (decided_at);

-- The stable name that queries use.
CREATE VIEW docket.decisions AS
  SELECT call_id, grant_id, organisation, server_id, tool, verdict, rule, policy_id, policy_version, session_id, agent,
         decided_at, outcome, settled_at, log_partition, log_offset
  FROM docket.decisions_v1;
