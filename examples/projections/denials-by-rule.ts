// Which rules refuse most, by agent and hour:
//
//     npx docket projections run ./examples/projections/denials-by-rule.ts
//
// then, with the psql command that `npm start` prints, denials-by-rule.sql beside this file.
import { defineProjection } from 'docket/projection';

const HOUR_MS = 3_600_000;

export default defineProjection({
  name: 'denials_by_rule',
  version: 1,
  tables: {
    denials: {
      comment: 'Calls that were not allowed, by rule, agent and hour (UTC).',
      columns: { hour: 'timestamptz', rule: 'text', agent: 'text', tool: 'text', verdict: 'text', calls: 'bigint', last_at: 'timestamptz' },
      key: ['hour', 'rule', 'agent', 'tool', 'verdict'],
      indexes: [['rule', 'hour']],
    },
  },
  on: {
    CallDecided(event, { at, time, tables }) {
      if (event.verdict === 'ALLOW') return;
      const hour = new Date(at.timeMs - (at.timeMs % HOUR_MS));
      const key = { hour, rule: event.rule, agent: event.agent, tool: event.tool, verdict: event.verdict };
      tables.denials.add(key, { calls: 1 });
      tables.denials.set(key, { last_at: time });
    },
  },
});
