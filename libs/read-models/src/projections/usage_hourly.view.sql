CREATE OR REPLACE VIEW docket.usage_hourly AS
  SELECT hour, organisation, server_id, grant_id, agent, tool, verdict, sum(calls)::bigint AS calls
    FROM {table}
   GROUP BY hour, organisation, server_id, grant_id, agent, tool, verdict;
COMMENT ON VIEW docket.usage_hourly IS 'Decided calls per hour (UTC), grant, agent, tool and verdict.';
COMMENT ON COLUMN docket.usage_hourly.hour IS 'Beginning of the hour, by event time.';
COMMENT ON COLUMN docket.usage_hourly.organisation IS 'The tenant.';
COMMENT ON COLUMN docket.usage_hourly.server_id IS 'The server that the grant is for.';
COMMENT ON COLUMN docket.usage_hourly.grant_id IS 'The grant that the calls were made with.';
COMMENT ON COLUMN docket.usage_hourly.agent IS 'The agent, as the gateway said; empty if it did not.';
COMMENT ON COLUMN docket.usage_hourly.tool IS 'Name of the tool that was to be called.';
COMMENT ON COLUMN docket.usage_hourly.verdict IS 'ALLOW, DENY, RATE_LIMITED or APPROVAL_REQUIRED: what was answered.';
COMMENT ON COLUMN docket.usage_hourly.calls IS 'Decided calls; repetitions of a call id are one call.';
