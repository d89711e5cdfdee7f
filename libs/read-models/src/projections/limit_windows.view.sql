CREATE OR REPLACE VIEW docket.limit_windows AS
  SELECT grant_id, server_id, scope, scope_key, counter, time_window, sliding,
         CASE WHEN NOT sliding THEN to_timestamp(window_end_ms / 1000.0) END AS window_end,
         NOT sliding AND window_end_ms > extract(epoch FROM now()) * 1000 AS is_current,
         used, limit_max, CASE WHEN used < limit_max THEN limit_max - used ELSE limit_max - limit_max END AS remaining,
         first_at, last_at, counter_id, log_partition
    FROM {table};
COMMENT ON VIEW docket.limit_windows IS 'What each counter has used in each of its windows, past ones included; folded from the log by the code that decides.';
COMMENT ON COLUMN docket.limit_windows.grant_id IS 'The grant that is charged; empty for scopes server and organisation, which many grants share.';
COMMENT ON COLUMN docket.limit_windows.server_id IS 'The server that the grant is for; empty for scope organisation.';
COMMENT ON COLUMN docket.limit_windows.scope IS 'grant, session, agent, server or organisation: who shares the counter.';
COMMENT ON COLUMN docket.limit_windows.scope_key IS 'The session or agent that the counter is for; for scopes server and organisation the organisation; null for scope grant.';
COMMENT ON COLUMN docket.limit_windows.counter IS 'The counter’s name in the policy.';
COMMENT ON COLUMN docket.limit_windows.time_window IS 'Length of the window: seconds (60s), week or month.';
COMMENT ON COLUMN docket.limit_windows.window_end IS 'When the fixed window ends. Null for a sliding one, which has one row.';
COMMENT ON COLUMN docket.limit_windows.sliding IS 'Whether the window slides with the clock instead of beginning anew.';
COMMENT ON COLUMN docket.limit_windows.is_current IS 'The fixed window has not ended yet. False of a sliding one.';
COMMENT ON COLUMN docket.limit_windows.used IS 'Charged and not given back: calls, or the unit of increment_from’s argument. Of a sliding window: at last_at; it falls by itself as charges leave (see docket.limit_charges).';
COMMENT ON COLUMN docket.limit_windows.limit_max IS 'The smallest limit on this counter that the newest charged call met. Null if none was named.';
COMMENT ON COLUMN docket.limit_windows.remaining IS 'limit_max less used, never below zero. Null if limit_max is.';
COMMENT ON COLUMN docket.limit_windows.first_at IS 'Event time of the first charge.';
COMMENT ON COLUMN docket.limit_windows.last_at IS 'Event time of the newest charge or refund.';
COMMENT ON COLUMN docket.limit_windows.counter_id IS 'Identity: server, scope, key of the scope, name, window, sliding.';
COMMENT ON COLUMN docket.limit_windows.log_partition IS 'The partition of topic docket.decisions that holds its events.';
