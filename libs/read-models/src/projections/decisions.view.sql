CREATE OR REPLACE VIEW docket.decisions AS
  SELECT call_id, grant_id, organisation, server_id, tool, verdict, would_be, rule, policy_id, policy_version, session_id, agent, principal,
         decided_at, outcome, settled_at, log_partition, log_offset
    FROM {table};
COMMENT ON VIEW docket.decisions IS 'One row per decided call.';
COMMENT ON COLUMN docket.decisions.call_id IS 'The caller’s id of the call, a UUID version 7; unique per grant.';
COMMENT ON COLUMN docket.decisions.grant_id IS 'The grant that the call was made with.';
COMMENT ON COLUMN docket.decisions.organisation IS 'The tenant.';
COMMENT ON COLUMN docket.decisions.server_id IS 'The server that the grant is for.';
COMMENT ON COLUMN docket.decisions.tool IS 'Name of the tool that was to be called.';
COMMENT ON COLUMN docket.decisions.verdict IS 'ALLOW, DENY, RATE_LIMITED or APPROVAL_REQUIRED: what was answered.';
COMMENT ON COLUMN docket.decisions.would_be IS 'In observe mode: what enforcing would have answered. Null otherwise.';
COMMENT ON COLUMN docket.decisions.rule IS 'JSON pointer of the deciding rule in the normalised policy, or (no policy), (hidden), (default deny) …';
COMMENT ON COLUMN docket.decisions.policy_id IS 'Name of the policy that was in force; empty if there was none.';
COMMENT ON COLUMN docket.decisions.policy_version IS 'SHA-256 of the policy document that was in force, as docket.policies.version; empty if there was none.';
COMMENT ON COLUMN docket.decisions.session_id IS 'The session, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.decisions.agent IS 'The agent, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.decisions.principal IS 'Whom the agent worked for, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.decisions.decided_at IS 'Event time of the decision.';
COMMENT ON COLUMN docket.decisions.outcome IS 'The newest settlement: SUCCEEDED, FAILED, NOT_SENT or UNKNOWN. Null while none was reported.';
COMMENT ON COLUMN docket.decisions.settled_at IS 'Event time of that settlement. Null while none was reported.';
COMMENT ON COLUMN docket.decisions.log_partition IS 'With log_offset: where in topic docket.decisions the event stands.';
COMMENT ON COLUMN docket.decisions.log_offset IS 'With log_partition: the event’s offset.';
