-- One row for each counter that a call was charged on.
CREATE TABLE {table} (
  log_partition integer NOT NULL,
  log_offset bigint NOT NULL,
  -- Which of the call's charges: a counter's identity is long, and would double the index.
  charge_no integer NOT NULL,
  counter_id text NOT NULL,
  call_id uuid NOT NULL,
  grant_id text NOT NULL,
  server_id text NOT NULL,
  tool text NOT NULL,
  agent text NOT NULL,
  scope text NOT NULL,
  counter text NOT NULL,
  time_window text NOT NULL,
  sliding boolean NOT NULL,
  amount numeric NOT NULL,
  charged_at timestamptz NOT NULL,
  window_end timestamptz NOT NULL,
  refunded_at timestamptz,
  PRIMARY KEY (log_partition, log_offset, charge_no)
);
CREATE INDEX ON {table} (grant_id, call_id);
CREATE INDEX ON {table} (charged_at);
