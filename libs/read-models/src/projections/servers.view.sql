CREATE OR REPLACE VIEW docket.servers AS
  SELECT server_id, organisation, name, registered_by, registered_at, log_offset FROM {table};
COMMENT ON VIEW docket.servers IS 'The servers that grants are for.';
COMMENT ON COLUMN docket.servers.log_offset IS 'Where in topic docket.registry its registration stands.';
