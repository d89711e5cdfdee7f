CREATE OR REPLACE VIEW docket.grants AS
  SELECT grant_id, organisation, server_id, policy_id, mode, label, issued_by, issued_at, expires_at, revoked_by, revoked_at, log_offset, erased_by, erased_at FROM {table};
COMMENT ON VIEW docket.grants IS 'One row per grant, revoked and expired ones included.';
COMMENT ON COLUMN docket.grants.policy_id IS 'The policy attached now; empty if none is, then every call is denied.';
COMMENT ON COLUMN docket.grants.mode IS 'enforce or observe.';
COMMENT ON COLUMN docket.grants.expires_at IS 'Null: never.';
COMMENT ON COLUMN docket.grants.log_offset IS 'Where in topic docket.registry its last change stands.';
COMMENT ON COLUMN docket.grants.erased_at IS 'When the argument values of its calls were made unreadable; it is revoked then, too. Null: they were not.';
