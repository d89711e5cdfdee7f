-- One row for each window of a counter that was used; of a sliding counter, one row in all.
CREATE TABLE {table} (
  log_partition integer NOT NULL,
  counter_id text NOT NULL,
  -- 0: sliding.
  window_end_ms bigint NOT NULL,
  server_id text NOT NULL,
  scope text NOT NULL,
  grant_id text NOT NULL,
  scope_key text,
  counter text NOT NULL,
  time_window text NOT NULL,
  sliding boolean NOT NULL,
  used numeric NOT NULL,
  limit_max numeric,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (log_partition, counter_id, window_end_ms)
-- Rows are written over while their window lasts: with room in its page, a row is without touching an index.
) WITH (fillfactor = 70);
CREATE INDEX ON {table} (grant_id);
CREATE INDEX ON {table} (window_end_ms);

-- The fold behind the rows, written now and then with them, so that a start need not begin at the log's first record.
CREATE TABLE {table}_state (
  log_partition integer PRIMARY KEY,
  resume jsonb NOT NULL,
  state jsonb NOT NULL
);
