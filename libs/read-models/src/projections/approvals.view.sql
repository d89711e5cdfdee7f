CREATE OR REPLACE VIEW docket.approvals AS
  SELECT approval_id,
         CASE WHEN redeemed_at IS NOT NULL THEN 'redeemed'
              WHEN decided_state IN ('pending', 'approved') AND expires_at <= now() THEN 'expired'
              ELSE decided_state END AS state,
         grant_id, organisation, server_id, tool, agent, principal, session_id, rule, policy_id, policy_version, call_id, requested_by, requested_at, expires_at,
         needed, approvers::jsonb AS approvers, decided_by, decided_comment, decided_at, redeemed_by_call_id, redeemed_at, log_partition, log_offset
    FROM {table};
COMMENT ON VIEW docket.approvals IS 'One row per approval that a call has asked for.';
COMMENT ON COLUMN docket.approvals.approval_id IS 'Its id, which agents and approvers are given.';
COMMENT ON COLUMN docket.approvals.state IS 'pending, approved, denied, withdrawn, redeemed, expired, or erased with its grant: now.';
COMMENT ON COLUMN docket.approvals.grant_id IS 'The grant that the call was made with.';
COMMENT ON COLUMN docket.approvals.organisation IS 'The tenant.';
COMMENT ON COLUMN docket.approvals.server_id IS 'The server that the grant is for.';
COMMENT ON COLUMN docket.approvals.tool IS 'Name of the tool that was to be called.';
COMMENT ON COLUMN docket.approvals.agent IS 'The agent, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.approvals.principal IS 'Whom the agent worked for, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.approvals.session_id IS 'The session, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.approvals.rule IS 'JSON pointer of the rule that asks for a human, in the normalised policy.';
COMMENT ON COLUMN docket.approvals.policy_id IS 'Name of the policy that was in force.';
COMMENT ON COLUMN docket.approvals.policy_version IS 'SHA-256 of the policy document that was in force, as docket.policies.version.';
COMMENT ON COLUMN docket.approvals.call_id IS 'The call that opened it.';
COMMENT ON COLUMN docket.approvals.requested_by IS 'Subject of the credential that asked.';
COMMENT ON COLUMN docket.approvals.requested_at IS 'Event time of the call that opened it.';
COMMENT ON COLUMN docket.approvals.expires_at IS 'When it ends by itself.';
COMMENT ON COLUMN docket.approvals.needed IS 'How many different people must approve.';
COMMENT ON COLUMN docket.approvals.approvers IS 'Subjects that have approved, in their order, a JSON list. Null before the first.';
COMMENT ON COLUMN docket.approvals.decided_by IS 'Subject of the newest decision: approve, deny or withdraw. Null before the first.';
COMMENT ON COLUMN docket.approvals.decided_comment IS 'What was written beside that decision. Null before it.';
COMMENT ON COLUMN docket.approvals.decided_at IS 'Event time of that decision. Null before it.';
COMMENT ON COLUMN docket.approvals.redeemed_by_call_id IS 'The call that it let through. Null while there is none.';
COMMENT ON COLUMN docket.approvals.redeemed_at IS 'Event time of that call. Null while there is none.';
COMMENT ON COLUMN docket.approvals.log_partition IS 'With log_offset: where in topic docket.decisions the call that opened it stands.';
COMMENT ON COLUMN docket.approvals.log_offset IS 'With log_partition: where the call that opened it stands.';
