import type { LogEvent } from './log-events.js';
import { plain } from './terminal.js';

/** One event on one line: when, what, whose, where. */
export function eventLine({ at, type, data }: LogEvent): string {
  const name = /([^.]+)\.v\d+$/.exec(type)?.[1] ?? type;
  const what = name === 'CallDecided' ? [data['verdict'], data['tool'], data['rule']] : name === 'CallSettled' ? [name, data['outcome']] : [name];
  const ids = (['grant_id', 'call_id', 'policy_id', 'server_id', 'credential_id'] as const)
    .filter((key) => data[key] !== undefined && data[key] !== '' && (name !== 'CallDecided' || key === 'grant_id' || key === 'call_id'))
    .map((key) => `${key.replace('_id', '')}=${data[key]}`);
  const parts = [...what.filter((part) => part !== undefined && part !== ''), ...ids, `${at.topic}/${at.partition}@${at.offset}`];
  return plain(`${new Date(at.timeMs).toISOString()}  ${parts.join('  ')}`);
}
