import type { CallDecided, DecisionEvent } from '#decision';
import type { Column } from '../database.js';
import type { Projection } from '../projection.js';
import { eventsOf } from './events-of.js';

const HOUR_MS = 3_600_000;
/** In no text that PostgreSQL could hold. */
const SEPARATOR = '\u0000';

interface Usage {
  readonly partition: number;
  readonly hourMs: number;
  readonly event: CallDecided;
  calls: number;
}

const COLUMNS: readonly Column<Usage>[] = [
  { name: 'log_partition', type: 'int4', of: ({ partition }) => partition },
  { name: 'hour', type: 'timestamptz', of: ({ hourMs }) => hourMs },
  { name: 'organisation', type: 'text', of: ({ event }) => event.organisation },
  { name: 'server_id', type: 'text', of: ({ event }) => event.server_id },
  { name: 'grant_id', type: 'text', of: ({ event }) => event.grant_id },
  { name: 'agent', type: 'text', of: ({ event }) => event.agent },
  { name: 'tool', type: 'text', of: ({ event }) => event.tool },
  { name: 'verdict', type: 'text', of: ({ event }) => event.verdict },
  { name: 'calls', type: 'int8', of: ({ calls }) => calls },
];

/** Calls per hour in `docket.usage_hourly`. It adds up; that a batch counts once is the checkpoint's doing. */
export const usageHourlyProjection: Projection<DecisionEvent> = {
  name: 'usage_hourly',
  version: 2,
  topic: 'docket.decisions',
  file: 'usage_hourly',
  open: ({ table }) => ({
    async write(transaction, batches) {
      const usages = new Map<string, Usage>();
      for (const { event, at } of eventsOf(batches, 'CallDecided')) {
        const hourMs = at.timeMs - (at.timeMs % HOUR_MS);
        const key = `${at.partition}/${hourMs}/${event.verdict}/${event.grant_id}${SEPARATOR}${event.organisation}${SEPARATOR}${event.server_id}${SEPARATOR}${event.agent}${SEPARATOR}${event.tool}`;
        const usage = usages.get(key);
        if (usage === undefined) usages.set(key, { partition: at.partition, hourMs, event, calls: 1 });
        else usage.calls += 1;
      }
      await transaction.insert(
        `${table} AS u`, COLUMNS, [...usages.values()],
        'ON CONFLICT (hour, grant_id, tool, agent, verdict, log_partition, server_id, organisation) DO UPDATE SET calls = u.calls + excluded.calls',
      );
    },
  }),
};
