import { ruledVerdict } from '#decision';
import type { CallDecided, DecisionEvent, EventPosition } from '#decision';
import { lossText } from '#ledger';
import type { TopicPartition } from '#ledger';
import { HypotheticalPartition, type Hypothesis } from './hypothetical-partition.js';
import { JudgedRecords, type EventCodec } from './judged-records.js';
import { GAP_OF, type PartitionJob } from './replay-partition.js';
import { WhatIfRows, addTo, emptyWhatIf, type Transition, type WhatIfReport } from './what-if-report.js';

/** Which recorded calls the draft is tried on; everything given must hold. */
export interface WhatIfScope {
  /** Calls that this policy governed. */
  readonly policyId?: string;
  readonly grants?: readonly string[];
}

export interface WhatIfJob extends PartitionJob {
  /** Content hash of the draft, which `policies` holds. */
  readonly draftVersion: string;
  readonly scope: WhatIfScope;
  /** Of each transition. */
  readonly examplesMax: number;
}

/**
 * Runs a draft policy over one partition's recorded calls, as if it had been in force from the first record on; what falls into
 * the time range is counted. Ends where records are missing, and rejects with DocketError, as `replayPartition` does.
 */
export async function whatIfPartition(job: WhatIfJob): Promise<WhatIfReport> {
  const { partition } = job.tp;
  const run = new WhatIfRun(job);
  const judged = new JudgedRecords(job.tp, run.partition.codec);
  const { chainBreaks } = run.report;
  try {
    await runAll(job, run, judged);
  } catch (error) {
    const loss = lossText(error);
    if (loss === undefined) throw error;
    chainBreaks.push({ partition, offset: loss.offset, reason: loss.what });
  }
  const { chainBreak } = judged;
  if (chainBreak !== undefined) chainBreaks.push({ partition, offset: chainBreak.offset, reason: chainBreak.reason });
  return run.end();
}

/**
 * The same over all partitions at once, in the order of event times: for a draft whose limits many grants share. What is missing or broken in one
 * partition ends that one.
 */
export async function whatIfTogether(job: Omit<WhatIfJob, 'tp'>, partitions: readonly TopicPartition[]): Promise<WhatIfReport> {
  const run = new WhatIfRun(job);
  const { report } = run;
  const counted = (records: number): void => {
    report.records += records;
    job.onProgress?.(records);
  };
  const heads = await Promise.all(partitions.map(async (tp) => {
    const events = timedEvents(job, tp, run.partition.codec, counted, (fault) => report.chainBreaks.push(fault));
    return { events, next: await events.next() };
  }));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) if (head.next.done !== true && (first === undefined || head.next.value.at.timeMs < (first.next.value as TimedEvent).at.timeMs)) first = head;
    if (first === undefined) return run.end();
    const { event, at } = first.next.value as TimedEvent;
    const trying = tryOne(job, run, event, at);
    if (trying !== undefined) await trying;
    first.next = await first.events.next();
  }
}

interface TimedEvent {
  readonly event: DecisionEvent;
  readonly at: EventPosition;
}

/** One partition's valid events up to the end of the time range. */
async function* timedEvents(
  { log, range, signal }: Omit<WhatIfJob, 'tp'>, tp: TopicPartition, codec: EventCodec<DecisionEvent>, counted: (records: number) => void, onFault: (fault: WhatIfReport['chainBreaks'][number]) => void,
): AsyncGenerator<TimedEvent, void, undefined> {
  const judged = new JudgedRecords(tp, codec);
  try {
    for await (const records of log.records(tp, signal)) {
      for (const record of records) {
        const found = judged.next(record);
        if (found.kind !== 'event') continue;
        if (found.at.timeMs >= range.toMs) return;
        yield { event: judged.eventOf(found), at: found.at };
      }
      counted(records.length);
    }
    const { chainBreak } = judged;
    if (chainBreak !== undefined) onFault({ partition: tp.partition, offset: chainBreak.offset, reason: chainBreak.reason });
  } catch (error) {
    const loss = lossText(error);
    if (loss === undefined) throw error;
    onFault({ partition: tp.partition, offset: loss.offset, reason: loss.what });
  }
}

async function runAll(job: WhatIfJob, run: WhatIfRun, judged: JudgedRecords<DecisionEvent>): Promise<void> {
  const { log, tp, range, signal, onProgress } = job;
  for await (const records of log.records(tp, signal)) {
    for (const record of records) {
      const found = judged.next(record);
      run.report.records += 1;
      if (found.kind !== 'event') continue;
      const { at } = found;
      if (at.timeMs >= range.toMs) return;
      const trying = tryOne(job, run, judged.eventOf(found), at);
      if (trying !== undefined) await trying;
    }
    onProgress?.(records.length);
  }
}

/** One recorded event under the draft; a promise only where a key has to be waited for. */
function tryOne({ range }: Pick<WhatIfJob, 'range'>, run: WhatIfRun, event: DecisionEvent, at: EventPosition): Promise<void> | undefined {
  switch (event.type) {
    case 'CallDecided': {
      if (!run.concerns(event)) return undefined;
      const tried = run.partition.call(event, at);
      const count = (hypothesis: Hypothesis): void => { if (at.timeMs >= range.fromMs) run.count(event, at, hypothesis); };
      if (tried instanceof Promise) return tried.then(count);
      count(tried);
      return undefined;
    }
    case 'CallSettled': run.partition.settle(event, at); return undefined;
    case 'ApprovalResolved': run.partition.resolve(event, at); return undefined;
    case 'GrantSet':
      if (run.concernsGrant(event.grant_id)) run.partition.setGrant(event, at);
      return undefined;
    // The draft has counters of its own, whatever was taken from those of then.
    case 'PolicyVersionSet':
    case 'QuotaReserved':
    case 'QuotaReleased':
    case 'CallAborted': return undefined;
  }
}

class WhatIfRun {
  readonly report = emptyWhatIf();
  readonly partition: HypotheticalPartition;
  readonly #job: Omit<WhatIfJob, 'tp'>;
  readonly #grants: ReadonlySet<string> | undefined;
  readonly #rows = new WhatIfRows();
  readonly #shown: Partial<Record<Transition, number>> = {};

  constructor(job: Omit<WhatIfJob, 'tp'>) {
    this.#job = job;
    this.#grants = job.scope.grants === undefined ? undefined : new Set(job.scope.grants);
    this.partition = new HypotheticalPartition(job);
  }

  concernsGrant(grantId: string): boolean {
    return this.#grants === undefined || this.#grants.has(grantId);
  }

  concerns({ grant_id, policy_id }: CallDecided): boolean {
    const { policyId } = this.#job.scope;
    return (policyId === undefined || policy_id === policyId) && this.concernsGrant(grant_id);
  }

  count(recorded: CallDecided, at: EventPosition, hypothesis: Hypothesis): void {
    const { report } = this;
    report.calls += 1;
    switch (hypothesis.kind) {
      case 'not_needed': report.notNeeded += 1; return;
      case 'values':
        if (hypothesis.why === 'altered') report.altered += 1;
        else report.unknown[GAP_OF[hypothesis.why]] += 1;
        return;
      case 'refused': addTo(report.refused, hypothesis.error.reason); return;
      case 'repeated': addTo(report.refused, 'CALL_ID_REUSED'); return;
      case 'policy': throw new Error(`the draft is not there: ${hypothesis.why}`);
      case 'event': if (hypothesis.event.type === 'CallDecided') this.#compare(recorded, hypothesis.event, at);
    }
  }

  end(): WhatIfReport {
    this.report.rows = this.#rows.all();
    return this.report;
  }

  #compare(recorded: CallDecided, draft: CallDecided, at: EventPosition): void {
    const { report } = this;
    const [from, to] = [ruledVerdict(recorded), draft.verdict];
    const isChanged = from !== to;
    const transition: Transition = `${from} > ${to}`;
    report.judged += 1;
    addTo(report.transitions, transition);
    this.#rows.count(recorded.tool, recorded.grant_id, transition, isChanged);
    if (draft.approval?.action === 'opened' && recorded.approval === null) report.unanswered += 1;
    if (!isChanged) {
      if (recorded.rule !== draft.rule) report.otherRule += 1;
      return;
    }
    report.changed += 1;
    addTo(report.rules, `${to}${draft.rule === '' ? '' : ` ${draft.rule}`}`);
    addTo(this.#shown, transition);
    if (this.#shown[transition]! > this.#job.examplesMax) return;
    const { partition, offset, timeMs } = at;
    const { grant_id, call_id, tool } = recorded;
    report.examples.push({ partition, offset, timeMs, grant_id, call_id, tool, transition, recordedRule: recorded.rule, draftRule: draft.rule, draftMessage: draft.message });
  }
}
