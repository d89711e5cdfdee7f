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
  -- In the order of time, so that a new row goes to the index's end.
  PRIMARY KEY (charged_at, log_partition, log_offset, charge_no)
);
-- A call id begins with its time: new ones go to the index's end, too.
CREATE INDEX ON {table} (call_id);
