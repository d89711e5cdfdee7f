import type { DecisionEvent, DecisionSettings, DecisionState, EventPosition } from '#decision';
import { lossText, type LogRecord, type TopicPartition } from '#ledger';
import { compareCalls, compareReleases, compareReservations, compareSettlements, compareVotes, shown, type Mismatch } from './compare-events.js';
import type { ValueKeys } from './grant-values.js';
import { JudgedRecords } from './judged-records.js';
import { PolicyTexts, type PolicyGap } from './policy-texts.js';
import { RecentEvents } from './recent-events.js';
import type { ValuesGap } from './recorded-arguments.js';
import type { ReplayLog } from './replay-log.js';
import { Rederiver, type Derived, type Recorded } from './rederive.js';
import { emptyReport, type Cause, type Gap, type ReplayReport } from './replay-report.js';

/** Event times, ms since the epoch: from `fromMs` on, before `toMs`. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PartitionJob {
  readonly log: ReplayLog;
  readonly tp: TopicPartition;
  readonly settings: DecisionSettings;
  readonly policies: PolicyTexts;
  readonly keys: ValueKeys;
  readonly range: TimeRange;
  readonly signal: AbortSignal;
  /** Records looked at since it was called last. */
  readonly onProgress?: (records: number) => void;
}

export interface ReplayJob extends PartitionJob {
  readonly differencesMax: number;
  /** Takes the long way through every record: to compare with. */
  readonly isThorough?: boolean;
}

export const GAP_OF: Readonly<Record<Exclude<ValuesGap, 'altered'>, Gap>> = { erased: 'values_erased', missing: 'values_key_missing', no_keys: 'values_sealed' };
const CAUSE_OF_POLICY: Readonly<Record<PolicyGap, Cause>> = { missing: 'policy_missing', changed: 'policy_changed', unreadable: 'policy_unreadable' };

/**
 * Replays one partition from its first record: folds it as every reader does, and before each event of the time range is
 * applied derives it again. What is recorded is applied whatever comes out, since that is what happened. Where records are
 * missing it ends, and reports that as a break of the chain. Rejects with DocketError data_loss where a valid event cannot be read.
 */
export async function replayPartition(job: ReplayJob): Promise<ReplayReport> {
  const replay = new PartitionReplay(job);
  try {
    return await replayAll(job, replay);
  } catch (error) {
    const loss = lossText(error);
    if (loss === undefined) throw error;
    const report = replay.end();
    report.chainBreaks.push({ partition: job.tp.partition, offset: loss.offset, reason: loss.what });
    return report;
  }
}

async function replayAll({ log, tp, range, signal, onProgress }: ReplayJob, replay: PartitionReplay): Promise<ReplayReport> {
  const { records: judged, report } = replay;
  for await (const records of log.records(tp, signal)) {
    for (const record of records) {
      report.records += 1;
      const found = judged.next(record);
      if (found.kind !== 'event') {
        replay.passOver(found.kind);
        continue;
      }
      const { at } = found;
      // Event time never runs backwards, so nothing of the range comes any more.
      if (at.timeMs >= range.toMs) return replay.end();
      report.events += 1;
      const event = judged.eventOf(found);
      const checked = at.timeMs >= range.fromMs && isReplayed(event) ? replay.check(event, at) : undefined;
      if (checked !== undefined) await checked;
      replay.apply(event, at, record);
    }
    onProgress?.(records.length);
  }
  return replay.end();
}

function isReplayed(event: DecisionEvent): event is Recorded {
  return event.type !== 'GrantSet' && event.type !== 'PolicyVersionSet';
}

class PartitionReplay {
  readonly report = emptyReport();
  readonly records: JudgedRecords<DecisionEvent>;
  readonly #job: ReplayJob;
  readonly #rederiver: Rederiver;
  readonly #recent: RecentEvents;
  #state: DecisionState;

  constructor(job: ReplayJob) {
    const { tp, settings, policies, keys, log } = job;
    this.#job = job;
    this.#rederiver = new Rederiver({ settings, policies, keys, load: (offset) => this.#recent.at(offset) });
    const { decode, decodePlain, initialState } = this.#rederiver.machine;
    this.#recent = new RecentEvents(log, tp, decode);
    this.#state = initialState();
    this.records = new JudgedRecords(tp, job.isThorough === true ? { decode } : { decode, decodePlain });
  }

  passOver(kind: 'claim' | 'void' | 'signed_head'): void {
    if (kind === 'claim') this.report.claims += 1;
    else if (kind === 'void') this.report.voids += 1;
    else this.report.signedHeads += 1;
  }

  check(event: Recorded, at: EventPosition): Promise<void> | undefined {
    const derived = this.#rederiver.rederive(this.#state, event, at.timeMs);
    if (derived instanceof Promise) return derived.then((one) => this.#compare(event, at, one));
    this.#compare(event, at, derived);
    return undefined;
  }

  apply(event: DecisionEvent, at: EventPosition, record: LogRecord): void {
    this.#state = this.#rederiver.machine.evolve(this.#state, event, at);
    if (event.type !== 'ApprovalResolved' && isReplayed(event)) this.#recent.add(event, at, record);
  }

  end(): ReplayReport {
    const broken = this.records.chainBreak;
    if (broken !== undefined) this.report.chainBreaks.push({ partition: this.#job.tp.partition, offset: broken.offset, reason: broken.reason });
    return this.report;
  }

  #compare(event: Recorded, at: EventPosition, derived: Derived): void {
    const tally = this.report.tallies[event.type];
    if (derived.kind === 'values' && derived.why !== 'altered') {
      tally.underivable += 1;
      this.report.gaps[GAP_OF[derived.why]] += 1;
      return;
    }
    tally.compared += 1;
    const found = mismatchOf(event, derived);
    if (found === undefined) {
      tally.agreed += 1;
      return;
    }
    tally.differing += 1;
    this.report.causes[found.cause] += 1;
    if (this.report.differences.length >= this.#job.differencesMax) return;
    const { offset, timeMs } = at;
    this.report.differences.push({
      partition: this.#job.tp.partition, offset, timeMs, type: event.type, grant_id: event.grant_id,
      call_id: event.type === 'ApprovalResolved' ? event.approval_id : event.call_id, cause: found.cause, fields: found.fields,
      recorded: found.fields.length === 0 ? titleOf(event) : shown(event, found.fields), derived: found.derived,
    });
  }
}

function titleOf(event: Recorded): string {
  switch (event.type) {
    case 'CallDecided': return `${event.verdict}${event.rule === '' ? '' : ` ${event.rule}`}`;
    case 'CallSettled': return event.outcome;
    case 'ApprovalResolved': return event.decision;
    case 'QuotaReserved': return `reserved in ${event.scope} ${event.key}`;
    case 'QuotaReleased': return `released in ${event.scope} ${event.key}: ${event.cause}`;
    case 'CallAborted': return 'given up';
  }
}

function mismatchOf(event: Recorded, derived: Derived): (Mismatch & { readonly derived: string }) | undefined {
  switch (derived.kind) {
    case 'refused': return { cause: 'refused', fields: [], derived: derived.error.reason };
    case 'repeated': return { cause: 'refused', fields: [], derived: 'recorded before: nothing would have been appended' };
    case 'values': return { cause: 'values_altered', fields: [], derived: 'the sealed values are not those that this call was recorded with' };
    case 'policy': return { cause: CAUSE_OF_POLICY[derived.why], fields: [], derived: `the document of the policy version in force: ${derived.why}` };
    case 'event': {
      const found = compare(event, derived.event);
      return found && { ...found, derived: shown(derived.event, found.fields) };
    }
  }
}

function compare(recorded: Recorded, derived: DecisionEvent): Mismatch | undefined {
  if (recorded.type === 'CallDecided' && derived.type === 'CallDecided') return compareCalls(recorded, derived);
  if (recorded.type === 'CallSettled' && derived.type === 'CallSettled') return compareSettlements(recorded, derived);
  if (recorded.type === 'ApprovalResolved' && derived.type === 'ApprovalResolved') return compareVotes(recorded, derived);
  if (recorded.type === 'QuotaReserved' && derived.type === 'QuotaReserved') return compareReservations(recorded, derived);
  if (recorded.type === 'QuotaReleased' && derived.type === 'QuotaReleased') return compareReleases(recorded, derived);
  if (recorded.type === 'CallAborted' && derived.type === 'CallAborted') return undefined;
  throw new Error(`a ${recorded.type} was derived as ${derived.type}`);
}
