CREATE OR REPLACE VIEW docket.usage_hourly AS
  SELECT hour, organisation, server_id, grant_id, agent, tool, verdict, sum(calls)::bigint AS calls
    FROM {table}
   GROUP BY hour, organisation, server_id, grant_id, agent, tool, verdict;
COMMENT ON VIEW docket.usage_hourly IS 'Decided calls per hour (UTC), grant, agent, tool and verdict.';
COMMENT ON COLUMN docket.usage_hourly.hour IS 'Beginning of the hour, by event time.';
COMMENT ON COLUMN docket.usage_hourly.calls IS 'Decided calls; repetitions of a call id are one call.';
