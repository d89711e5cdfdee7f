-- One row per registered server.
CREATE TABLE {table} (
  organisation text NOT NULL,
  server_id text NOT NULL,
  name text NOT NULL,
  registered_by text NOT NULL,
  registered_at timestamptz NOT NULL,
  log_offset bigint NOT NULL,
  PRIMARY KEY (organisation, server_id)
);
