-- The ten rules that refused most in the last day, and whom.
SELECT rule, agent, hour, sum(calls) AS refused, string_agg(DISTINCT tool, ', ') AS tools
  FROM projection_denials_by_rule.denials
 WHERE hour >= now() - interval '1 day'
 GROUP BY rule, agent, hour
 ORDER BY refused DESC, rule, agent, hour
 LIMIT 10;
