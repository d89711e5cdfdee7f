import { Judge, type EventLog } from '#ledger';
import type { Answered, Kept } from './peer.js';

const TOPIC = 'docket.decisions';

export interface LoggedDecisions {
  readonly decisions: number;
  readonly allowed: number;
  readonly callIds: number;
  readonly void: number;
  readonly bytes: number;
}

/** Reads all decisions partitions from zero, as any reader would: through the judge. */
export async function countDecisions(log: EventLog, partitions: number): Promise<LoggedDecisions> {
  const counts = { decisions: 0, allowed: 0, callIds: 0, void: 0, bytes: 0 };
  for (let partition = 0; partition < partitions; partition++) {
    const tp = { topic: TOPIC, partition };
    const judge = new Judge(TOPIC, partition);
    const end = await log.endOffset(tp);
    // A call id is unique per grant, and a grant lives in one partition.
    const ids = new Set<string>();
    while (judge.resume.offset < end) {
      for (const record of await log.read(tp, judge.resume.offset)) {
        const judged = judge.judge(record);
        if (judged.kind === 'void') counts.void += 1;
        if (judged.kind !== 'event' || !judged.encoded.type.includes('CallDecided')) continue;
        const data = judged.encoded.data as { call_id: string; grant_id: string; verdict: string };
        counts.decisions += 1;
        counts.bytes += record.value.length;
        if (data.verdict === 'ALLOW') counts.allowed += 1;
        ids.add(data.grant_id + data.call_id);
      }
    }
    counts.callIds += ids.size;
  }
  return counts;
}

/** What the log says beside what the callers were told. An answer without its record, or a call id decided twice, is WRONG. */
export function compare(name: string, logged: LoggedDecisions, answered: Answered): Kept {
  const { decisions, allowed, callIds, bytes } = logged;
  const lines = [`${name}: ${decisions} verdicts in the log (${allowed} ALLOW, ${logged.void} void records, ${decisions > 0 ? Math.round(bytes / decisions) : 0} bytes each)`];
  if (allowed < answered.allowed) lines.push(`WRONG  ${name}: ${answered.allowed - allowed} ALLOW answers are not in the log`);
  if (callIds !== decisions) lines.push(`WRONG  ${name}: ${decisions - callIds} call ids were decided twice`);
  return { decisions, findings: lines };
}
