-- What every column says of itself; those of the other views are in projections/*.view.sql.
COMMENT ON SCHEMA docket IS 'What Docket’s log says, as tables for people: views with stable names.';
COMMENT ON COLUMN docket.projections.projection IS 'Its name, which is the view’s; of one of your own: the schema’s, after projection_.';
COMMENT ON COLUMN docket.projections.version IS 'Which way from events to rows.';
COMMENT ON COLUMN docket.projections.state IS 'live: shown by the view; building: being filled beside it.';
COMMENT ON COLUMN docket.projections.topic IS 'The part of the log it reads.';
COMMENT ON COLUMN docket.projections.records_read IS 'How far into the log it has come, in records over all partitions.';
COMMENT ON COLUMN docket.projections.newest_event_at IS 'Event time of the newest event that it has read. Null before the first.';
COMMENT ON COLUMN docket.projections.moved_at IS 'When it was last written to. Null before that.';
COMMENT ON COLUMN docket.projections.stopped_partition IS 'With stopped_offset: where in the log it cannot go on. Null while it runs.';
COMMENT ON COLUMN docket.projections.stopped_offset IS 'With stopped_partition: the offset. Null while it runs.';
COMMENT ON COLUMN docket.projections.stopped_reason IS 'Why it cannot. Null while it runs.';
COMMENT ON COLUMN docket.projections.table_name IS 'The table behind the view.';
COMMENT ON TABLE docket.migration IS 'Which changes to these schemas this database has; Docket’s own.';
COMMENT ON COLUMN docket.migration.name IS 'The change, as its file is named.';
COMMENT ON COLUMN docket.migration.applied_at IS 'When it was made.';
