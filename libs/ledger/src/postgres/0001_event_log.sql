-- The event log (design.md 2.9): one row per record, one head row per partition.

CREATE TABLE ledger.topic (
  name       text    PRIMARY KEY,
  partitions integer NOT NULL CHECK (partitions > 0)
);

-- An append adds to next_offset under the row's lock, so offsets are contiguous and become visible in order.
-- The row is updated all the time: free space in its page keeps that update away from the indexes.
CREATE TABLE ledger.head (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic       text    NOT NULL REFERENCES ledger.topic (name),
  partition   integer NOT NULL,
  next_offset bigint  NOT NULL DEFAULT 0,
  UNIQUE (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE ledger.record (
  head_id   integer     NOT NULL,
  "offset"  bigint      NOT NULL,
  stored_at timestamptz NOT NULL,
  key       bytea,
  value     bytea       NOT NULL,
  PRIMARY KEY (head_id, "offset")
) WITH (toast_tuple_target = 8160);

-- Sealed arguments do not compress; trying costs more than it saves.
ALTER TABLE ledger.record ALTER COLUMN value SET STORAGE EXTERNAL;

-- Appends to several partitions in one statement. Record i goes to partition head_ids[slots[i]], positions[i] places
-- after its first. head_ids must be ascending: concurrent appends then lock in the same order. Autocommitted by its
-- caller, so a client that stops in the middle holds no lock.
CREATE FUNCTION ledger.append(
  head_ids integer[], counts integer[],
  slots integer[], positions integer[], keys bytea[], contents bytea[],
  OUT base_offsets bigint[], OUT stored_at_ms bigint
) LANGUAGE plpgsql AS $$
DECLARE
  base bigint;
  now_at timestamptz;
BEGIN
  FOR i IN 1 .. cardinality(head_ids) LOOP
    UPDATE ledger.head SET next_offset = next_offset + counts[i]
     WHERE id = head_ids[i] RETURNING next_offset - counts[i] INTO STRICT base;
    base_offsets[i] := base;
  END LOOP;
  now_at := date_trunc('milliseconds', clock_timestamp());
  stored_at_ms := (extract(epoch FROM now_at) * 1000)::bigint;
  INSERT INTO ledger.record (head_id, "offset", stored_at, key, value)
  SELECT head_ids[r.slot], base_offsets[r.slot] + r.place, now_at, r.key, r.content
    FROM unnest(slots, positions, keys, contents) AS r (slot, place, key, content);
END $$;

-- For people: the log as text. Docket itself reads the tables.
CREATE VIEW ledger.log AS
SELECT h.topic, h.partition, r."offset", r.stored_at,
       convert_from(r.key, 'UTF8') AS key, convert_from(r.value, 'UTF8')::jsonb AS event
  FROM ledger.record r JOIN ledger.head h ON h.id = r.head_id;
