import type { ApprovalResolved, CallDecided, CallSettled, DecisionEvent, DecisionSettings, DecisionState, EventPosition } from '#decision';
import { APPROVAL_TIMEOUT_MAX_MS } from '#policy';
import type { ValueKeys } from './grant-values.js';
import { HypotheticalCalls } from './hypothetical-calls.js';
import type { EventCodec } from './judged-records.js';
import type { PolicyTexts } from './policy-texts.js';
import { withoutValues } from './recent-events.js';
import { RecentMap } from './recent-map.js';
import { Rederiver, type Derived } from './rederive.js';

/** The draft's own names in the state: no policy of the registry is called so. */
const DRAFT = '(draft)';
/** The state forgets ids in buckets of so long. */
const BUCKET_MS = 10_000;

/** What becomes of a recorded call under the draft. `not_needed`: it repeats, after a person was asked, what the draft allowed at once. */
export type Hypothesis = Derived | { readonly kind: 'not_needed' };

export interface HypotheticalOptions {
  readonly settings: DecisionSettings;
  readonly keys: ValueKeys;
  /** Holds the draft. */
  readonly policies: PolicyTexts;
  readonly draftVersion: string;
}

/**
 * One partition, or all of them together, as it would be had the draft been in force from the first event on: the same grants and the same calls at the
 * same times, with counters, call ids and approvals of its own. Events have offsets of their own here, since partitions share theirs.
 */
export class HypotheticalPartition {
  readonly #o: HypotheticalOptions;
  readonly #rederiver: Rederiver;
  #state: DecisionState;
  #nextOffset = 0;
  readonly #organisations = new Set<string>();
  /** Calls that settlements and later rounds may name, oldest first. */
  readonly #decided: HypotheticalCalls;
  /** Calls that waited for a person then, and which the draft lets pass: their ids by approval. */
  readonly #openers = new RecentMap<string, string>(APPROVAL_TIMEOUT_MAX_MS);
  /** The call that a repeat stands for, by the repeat's id. */
  readonly #standIns: RecentMap<string, string>;

  constructor(options: HypotheticalOptions) {
    this.#o = options;
    this.#rederiver = new Rederiver({ settings: options.settings, policies: options.policies, keys: options.keys, load: (offset) => this.#decided.at(offset) });
    this.#state = this.#rederiver.machine.initialState();
    const keptForMs = options.settings.callIdMemoryMs + options.settings.callIdAheadMs + BUCKET_MS;
    this.#decided = new HypotheticalCalls(keptForMs);
    this.#standIns = new RecentMap(keptForMs);
  }

  get codec(): EventCodec<DecisionEvent> {
    return this.#rederiver.machine;
  }

  /** A grant as it is from here on; which policy it is attached to does not matter. */
  setGrant(event: Extract<DecisionEvent, { type: 'GrantSet' }>, recordedAt: EventPosition): void {
    const at = this.#place(recordedAt);
    const { organisation } = event;
    if (!this.#organisations.has(organisation)) {
      this.#organisations.add(organisation);
      this.#apply({ type: 'PolicyVersionSet', registry_offset: 0, organisation, policy_id: DRAFT, version: this.#o.draftVersion }, at);
    }
    this.#apply({ ...event, policy_id: DRAFT, mode: 'enforce' }, at);
  }

  /** Decides a recorded call under the draft, and goes on from there. */
  call({ scoped: _elsewhere, ...recorded }: CallDecided, recordedAt: EventPosition): Hypothesis | Promise<Hypothesis> {
    const at = this.#place(recordedAt);
    if (this.#isRepeat(recorded, at.timeMs)) return { kind: 'not_needed' };
    const known = recorded.approval?.id;
    const approvalId = known === undefined || this.#state.approvals.find(known, at.timeMs) !== undefined ? `${DRAFT}_${at.offset}` : known;
    const derived = this.#rederiver.call(this.#state, recorded, at.timeMs, approvalId);
    return derived instanceof Promise ? derived.then((one) => this.#decidedAs(recorded, one, at)) : this.#decidedAs(recorded, derived, at);
  }

  /** What became of a call then became of it here too, if it was let pass. */
  settle(recorded: CallSettled, at: EventPosition): void {
    const key = recorded.grant_id + recorded.call_id;
    const callId = this.#standIns.get(key) ?? recorded.call_id;
    if (recorded.outcome !== 'UNKNOWN') this.#standIns.delete(key);
    this.#applyIfAppended(this.#rederiver.rederive(this.#state, callId === recorded.call_id ? recorded : { ...recorded, call_id: callId }, at.timeMs), at);
  }

  /** A person's decision counts where the draft asked for the same approval. */
  resolve(recorded: ApprovalResolved, at: EventPosition): void {
    this.#applyIfAppended(this.#rederiver.rederive(this.#state, recorded, at.timeMs), at);
  }

  #isRepeat({ approval, grant_id, call_id }: CallDecided, nowMs: number): boolean {
    const opener = approval === null || approval.action === 'opened' ? undefined : this.#openers.get(approval.id);
    if (opener === undefined) return false;
    if (approval!.action === 'redeemed') {
      this.#openers.delete(approval!.id);
      this.#standIns.set(grant_id + call_id, opener, nowMs);
    }
    return true;
  }

  #decidedAs(recorded: CallDecided, derived: Derived, at: EventPosition): Derived {
    if (derived.kind !== 'event' || derived.event.type !== 'CallDecided') return derived;
    const { event } = derived;
    this.#apply(event, at);
    this.#decided.add(withoutValues(event), at);
    if (recorded.approval?.action === 'opened' && event.verdict === 'ALLOW') this.#openers.set(recorded.approval.id, recorded.call_id, at.timeMs);
    return derived;
  }

  #applyIfAppended(derived: Derived | Promise<Derived>, recordedAt: EventPosition): void {
    const at = this.#place(recordedAt);
    // Neither settlements nor decisions on approvals look at values, so nothing is waited for.
    if (!(derived instanceof Promise) && derived.kind === 'event') this.#apply(derived.event, at);
  }

  #place(at: EventPosition): EventPosition {
    return { ...at, offset: this.#nextOffset++ };
  }

  #apply(event: DecisionEvent, at: EventPosition): void {
    this.#state = this.#rederiver.machine.evolve(this.#state, event, at);
  }
}
