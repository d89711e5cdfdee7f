CREATE OR REPLACE VIEW docket.approvals AS
  SELECT approval_id,
         CASE WHEN redeemed_at IS NOT NULL THEN 'redeemed'
              WHEN decided_state IN ('pending', 'approved') AND expires_at <= now() THEN 'expired'
              ELSE decided_state END AS state,
         grant_id, organisation, server_id, tool, agent, principal, session_id, rule, policy_id, policy_version, call_id, requested_by, requested_at, expires_at,
         needed, approvers::jsonb AS approvers, decided_by, decided_comment, decided_at, redeemed_by_call_id, redeemed_at, log_partition, log_offset
    FROM {table};
COMMENT ON VIEW docket.approvals IS 'One row per approval that a call has asked for.';
COMMENT ON COLUMN docket.approvals.state IS 'pending, approved, denied, withdrawn, redeemed, expired, or erased with its grant: now.';
COMMENT ON COLUMN docket.approvals.call_id IS 'The call that opened it.';
COMMENT ON COLUMN docket.approvals.requested_by IS 'Subject of the credential that asked.';
COMMENT ON COLUMN docket.approvals.needed IS 'How many different people must approve.';
COMMENT ON COLUMN docket.approvals.approvers IS 'Subjects that have approved, in their order.';
COMMENT ON COLUMN docket.approvals.decided_by IS 'Subject of the newest decision: approve, deny or withdraw.';
COMMENT ON COLUMN docket.approvals.redeemed_by_call_id IS 'The call that it let through.';
