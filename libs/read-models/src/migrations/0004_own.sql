-- Indexes of a table that is being built are made when it is full: cheaper than keeping them up to date row by row.
ALTER TABLE docket_tables.generation ADD COLUMN indexed boolean NOT NULL DEFAULT true;

-- People's own projections (docket projections run): what they declared, where their tables are, what they were asked for.
ALTER TABLE docket_tables.generation ADD COLUMN own jsonb;

-- One of people's own may read both topics: a row for each, which are built and shown together.
DROP INDEX docket_tables.generation_projection_idx;
DROP INDEX docket_tables.generation_projection_idx1;
ALTER TABLE docket_tables.generation DROP CONSTRAINT generation_table_name_key;
CREATE UNIQUE INDEX generation_live ON docket_tables.generation (projection, topic) WHERE state = 'live';
CREATE UNIQUE INDEX generation_building ON docket_tables.generation (projection, topic) WHERE state = 'building';
