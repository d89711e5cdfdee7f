import type { LogEvent } from './log-events.js';
import { plain } from './terminal.js';

/** What a line says of an event beside whose it is. */
const WHAT: Readonly<Record<string, readonly string[]>> = {
  CallDecided: ['verdict', 'tool', 'rule'], CallSettled: ['outcome'], ApprovalResolved: ['decision', 'state', 'actor'],
  QuotaReserved: ['scope', 'key', 'tool'], QuotaReleased: ['scope', 'key', 'cause'],
};

/** What a line says of an event about a token, each by its name. */
const OF_TOKEN = ['connection_id', 'generation', 'reason', 'action', 'class', 'code', 'cap', 'served', 'denials', 'secret_version', 'holder', 'grant_id', 'actor'];
const TOKEN_EVENT = 'docket.token.';

/** One event on one line: when, what, whose, where. */
export function eventLine({ at, type, data }: LogEvent): string {
  const name = /([^.]+)\.v\d+$/.exec(type)?.[1] ?? type;
  if (type.startsWith(TOKEN_EVENT)) {
    const said = OF_TOKEN.filter((key) => data[key] !== undefined && data[key] !== '').map((key) => `${key.replace('_id', '')}=${String(data[key])}`);
    return plain([new Date(at.timeMs).toISOString(), name, ...said, `${at.topic}/${at.partition}@${at.offset}`].join('  '));
  }
  const what = WHAT[name]?.map((key) => data[key]) ?? [];
  const approval = (data['approval'] as { readonly id?: unknown } | null | undefined)?.id;
  const ids = (['grant_id', 'call_id', 'approval_id', 'policy_id', 'server_id', 'credential_id'] as const)
    .filter((key) => data[key] !== undefined && data[key] !== '' && (name !== 'CallDecided' || key === 'grant_id' || key === 'call_id'))
    .map((key) => `${key.replace('_id', '')}=${data[key]}`);
  if (approval !== undefined) ids.push(`approval=${approval}`);
  if (typeof data['would_be'] === 'string') ids.push(`would_be=${data['would_be']}`);
  const parts = [...(name === 'CallDecided' ? what : [name, ...what]).filter((part) => part !== undefined && part !== ''), ...ids, `${at.topic}/${at.partition}@${at.offset}`];
  return plain(`${new Date(at.timeMs).toISOString()}  ${parts.join('  ')}`);
}
