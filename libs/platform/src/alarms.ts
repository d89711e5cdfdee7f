import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

const NAME = 'docket_alarms_total';
/** There from the start, so that the first one is a rise. */
const KINDS = [
  'log_truncated', 'log_unreadable', 'chain_broken', 'foreign_event', 'clock_apart', 'claim_failed', 'machine_failed', 'own_events_void', 'snapshot_unusable', 'snapshot_failed', 'head_not_signed',
  'log_settings', 'rival_owner', 'other',
];

/** Counts what an operator must see, by its `alarm.kind` in the log; apps of one process share the counter. */
export function alarmCounter(registry: Registry): (kind: string) => void {
  let counter = registry.getSingleMetric(NAME) as Counter<'kind'> | undefined;
  if (counter === undefined) {
    counter = new Counter({ name: NAME, help: 'What an operator must see, by kind: the log has a line with alarm.kind for each', labelNames: ['kind'], registers: [registry] });
    for (const kind of KINDS) counter.inc({ kind }, 0);
  }
  return (kind) => counter.inc({ kind });
}
