CREATE OR REPLACE VIEW docket.servers AS
  SELECT server_id, organisation, name, registered_by, registered_at, log_offset FROM {table};
COMMENT ON VIEW docket.servers IS 'The servers that grants are for.';
COMMENT ON COLUMN docket.servers.server_id IS 'Its id, which grants name.';
COMMENT ON COLUMN docket.servers.organisation IS 'The tenant.';
COMMENT ON COLUMN docket.servers.name IS 'Its name, for people.';
COMMENT ON COLUMN docket.servers.registered_by IS 'Subject of the credential that registered it.';
COMMENT ON COLUMN docket.servers.registered_at IS 'Event time of its registration.';
COMMENT ON COLUMN docket.servers.log_offset IS 'Where in topic docket.registry its registration stands.';
