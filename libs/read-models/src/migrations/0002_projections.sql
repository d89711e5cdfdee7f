-- Projections become versioned and rebuildable: tables in docket_tables, one for each generation of a projection, and
-- views with stable names in docket. What was projected before is projected again, from the log.
DROP VIEW docket.decisions;
DROP TABLE docket.decisions_v1;
DROP TABLE docket.projection_checkpoint;

CREATE SCHEMA docket_tables;

-- A generation is one table being filled by one version of a projection. A rebuild fills a new one beside the live one.
CREATE TABLE docket_tables.generation (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  projection text NOT NULL,
  version integer NOT NULL,
  topic text NOT NULL,
  table_name text NOT NULL UNIQUE,
  state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
  created_at timestamptz NOT NULL DEFAULT now(),
  live_at timestamptz,
  -- Set while it is stopped at an event that cannot be applied.
  stopped_partition integer,
  stopped_offset bigint,
  stopped_reason text,
  stopped_at timestamptz
);
CREATE UNIQUE INDEX ON docket_tables.generation (projection) WHERE state = 'live';
CREATE UNIQUE INDEX ON docket_tables.generation (projection) WHERE state = 'building';

-- Where each generation stands in each partition: written in the same transaction as its rows.
CREATE TABLE docket_tables.checkpoint (
  generation_id integer NOT NULL REFERENCES docket_tables.generation (id) ON DELETE CASCADE,
  log_partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  resume jsonb,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (generation_id, log_partition)
) WITH (fillfactor = 50);

-- For people: what there is and how it stands.
CREATE VIEW docket.projections AS
  SELECT g.projection, g.version, g.state, g.topic,
         coalesce(sum(c.next_offset), 0)::bigint AS records_read,
         to_timestamp(max((c.resume->>'timeMs')::double precision) / 1000) AS newest_event_at,
         max(c.updated_at) AS moved_at,
         g.stopped_partition, g.stopped_offset, g.stopped_reason, g.table_name
    FROM docket_tables.generation g LEFT JOIN docket_tables.checkpoint c ON c.generation_id = g.id
   WHERE g.state <> 'retired'
   GROUP BY g.id;
COMMENT ON VIEW docket.projections IS 'Every projection: its version, how many records of the log it has read, and why it has stopped if it has.';
