-- Snapshots are a cache: insert-only, the newest few of each partition are kept, any of them may be deleted.
CREATE TABLE ledger.snapshot (
  topic      text        NOT NULL,
  partition  integer     NOT NULL,
  "offset"   bigint      NOT NULL,
  inserted   bigint      GENERATED ALWAYS AS IDENTITY,
  taken_at   timestamptz NOT NULL DEFAULT now(),
  resume     json        NOT NULL,
  state      text        NOT NULL,
  state_hash text        NOT NULL,
  PRIMARY KEY (topic, partition, "offset", inserted)
);
