CREATE OR REPLACE VIEW docket.grants AS
  SELECT grant_id, organisation, server_id, policy_id, mode, label, issued_by, issued_at, expires_at, revoked_by, revoked_at, log_offset, erased_by, erased_at FROM {table};
COMMENT ON VIEW docket.grants IS 'One row per grant, revoked and expired ones included.';
COMMENT ON COLUMN docket.grants.grant_id IS 'Its id: the part of the token that is no secret.';
COMMENT ON COLUMN docket.grants.organisation IS 'The tenant.';
COMMENT ON COLUMN docket.grants.server_id IS 'The server that it is for.';
COMMENT ON COLUMN docket.grants.policy_id IS 'The policy attached now; empty if none is, then every call is denied.';
COMMENT ON COLUMN docket.grants.mode IS 'enforce, or observe: what enforcing would have answered is then in docket.decisions.would_be.';
COMMENT ON COLUMN docket.grants.label IS 'What it is for, in its issuer’s words.';
COMMENT ON COLUMN docket.grants.issued_by IS 'Subject of the credential that issued it.';
COMMENT ON COLUMN docket.grants.issued_at IS 'Event time of its issue.';
COMMENT ON COLUMN docket.grants.expires_at IS 'When it ends by itself. Null: never.';
COMMENT ON COLUMN docket.grants.revoked_by IS 'Subject of the credential that revoked it. Null: it is not revoked.';
COMMENT ON COLUMN docket.grants.revoked_at IS 'Event time of that. Null: it is not revoked.';
COMMENT ON COLUMN docket.grants.log_offset IS 'Where in topic docket.registry its last change stands.';
COMMENT ON COLUMN docket.grants.erased_by IS 'Subject of the credential that erased it. Null: it was not erased.';
COMMENT ON COLUMN docket.grants.erased_at IS 'When the argument values of its calls were made unreadable; it is revoked then, too. Null: they were not.';
