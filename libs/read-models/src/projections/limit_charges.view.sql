CREATE OR REPLACE VIEW docket.limit_charges AS
  SELECT call_id, grant_id, server_id, tool, agent, scope, counter, time_window, sliding, amount, charged_at, window_end, refunded_at, counter_id, log_partition, log_offset
    FROM {table};
COMMENT ON VIEW docket.limit_charges IS 'One row for each counter that a call was charged on.';
COMMENT ON COLUMN docket.limit_charges.call_id IS 'The caller’s id of the call, as docket.decisions.call_id.';
COMMENT ON COLUMN docket.limit_charges.grant_id IS 'The grant that the call was made with.';
COMMENT ON COLUMN docket.limit_charges.server_id IS 'The server that the grant is for.';
COMMENT ON COLUMN docket.limit_charges.tool IS 'Name of the tool that was to be called.';
COMMENT ON COLUMN docket.limit_charges.agent IS 'The agent, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.limit_charges.scope IS 'grant, session, agent, server or organisation: who shares the counter.';
COMMENT ON COLUMN docket.limit_charges.counter IS 'The counter’s name in the policy.';
COMMENT ON COLUMN docket.limit_charges.time_window IS 'Length of the window: seconds (60s), week or month.';
COMMENT ON COLUMN docket.limit_charges.sliding IS 'Whether the window slides with the clock instead of beginning anew.';
COMMENT ON COLUMN docket.limit_charges.amount IS 'What the call took: 1, or the amount that increment_from names, in the argument’s own unit.';
COMMENT ON COLUMN docket.limit_charges.charged_at IS 'Event time of the call; for scopes server and organisation, of its reservation.';
COMMENT ON COLUMN docket.limit_charges.window_end IS 'End of the fixed window; of a sliding one: when this charge leaves it.';
COMMENT ON COLUMN docket.limit_charges.refunded_at IS 'When it was given back, inside the same window: by a settlement; for scopes server and organisation also because the call was refused or given up. Null if it was not.';
COMMENT ON COLUMN docket.limit_charges.counter_id IS 'The counter’s whole identity, as in docket.limit_windows.';
COMMENT ON COLUMN docket.limit_charges.log_partition IS 'With log_offset: where in topic docket.decisions the call stands; for scopes server and organisation, its reservation.';
COMMENT ON COLUMN docket.limit_charges.log_offset IS 'With log_partition: the offset of the call, or of its reservation.';
