CREATE OR REPLACE VIEW docket.policies AS
  SELECT policy_id, organisation, version, log_offset = max(log_offset) OVER (PARTITION BY organisation, policy_id) AS in_force,
         published_by, published_at, document::jsonb AS document, log_offset
    FROM {table};
COMMENT ON VIEW docket.policies IS 'Every publication of every policy; one of each policy is in force.';
COMMENT ON COLUMN docket.policies.version IS 'SHA-256 of the normalised document, as docket.decisions.policy_version names it.';
COMMENT ON COLUMN docket.policies.organisation IS 'The tenant.';
COMMENT ON COLUMN docket.policies.policy_id IS 'Name of the policy.';
COMMENT ON COLUMN docket.policies.in_force IS 'Whether it is what calls are judged by now.';
COMMENT ON COLUMN docket.policies.published_by IS 'Subject of the credential that published it.';
COMMENT ON COLUMN docket.policies.published_at IS 'Event time of the publication.';
COMMENT ON COLUMN docket.policies.document IS 'The normalised document, which rule pointers address.';
COMMENT ON COLUMN docket.policies.log_offset IS 'Where in topic docket.registry the publication stands.';
