-- Calls per hour. A row for each partition, so that partitions need not wait for each other.
CREATE TABLE {table} (
  log_partition integer NOT NULL,
  hour timestamptz NOT NULL,
  organisation text NOT NULL,
  server_id text NOT NULL,
  grant_id text NOT NULL,
  agent text NOT NULL,
  tool text NOT NULL,
  verdict text NOT NULL,
  calls bigint NOT NULL,
  PRIMARY KEY (hour, grant_id, tool, agent, verdict, log_partition, server_id, organisation)
-- Rows are written over for an hour: with room in its page, a row is without touching an index.
) WITH (fillfactor = 70);
