import { decisionMachine, findGrant } from '#decision';
import type { ApprovalResolved, CallAborted, CallDecided, CallSettled, DecisionCommand, DecisionEvent, DecisionSettings, DecisionState, QuotaReleased, QuotaReserved } from '#decision';
import type { DocketError } from '#errors';
import type { ValueKeys } from './grant-values.js';
import { PolicyTexts, type PolicyGap } from './policy-texts.js';
import type { Loaded } from './recent-events.js';
import { KeyOnItsWay, RecordedArguments, ValuesGone, type ValuesGap } from './recorded-arguments.js';
import { abortCommand, decideCommand, releaseCommand, reserveCommand, resolveCommand, settleCommand } from './recorded-commands.js';

/** What the log gives where a record stands. */
export type Derived =
  | { readonly kind: 'event'; readonly event: DecisionEvent }
  | { readonly kind: 'refused'; readonly error: DocketError }
  /** Its call id, or its vote, had been recorded before: nothing would have been appended. */
  | { readonly kind: 'repeated' }
  | { readonly kind: 'values'; readonly why: ValuesGap }
  | { readonly kind: 'policy'; readonly why: PolicyGap };

export type Recorded = CallDecided | CallSettled | ApprovalResolved | QuotaReserved | QuotaReleased | CallAborted;

/** Reads an event that the state names. */
export type LoadEvent = (offset: number) => Loaded | Promise<Loaded>;

/** Refused before it looks at anything: no arguments were judged. */
const BEFORE_ARGUMENTS = new Set(['(no policy)', '(hidden)', '(default deny)']);

export interface RederiverOptions {
  readonly settings: DecisionSettings;
  readonly policies: PolicyTexts;
  readonly keys: ValueKeys;
  readonly load: LoadEvent;
}

/**
 * Derives a recorded event again: the command it came from is put together from the record, and decided by the same pure
 * `decide` against the state that the log gives up to there. Answers at once unless a key or an older event must be read.
 */
export class Rederiver {
  readonly machine;
  readonly #o: RederiverOptions;
  readonly #args: RecordedArguments;

  constructor(options: RederiverOptions) {
    this.#o = options;
    this.machine = decisionMachine(options.settings, options.policies.lookup);
    this.#args = new RecordedArguments(options.keys);
  }

  rederive(state: DecisionState, recorded: Recorded, timeMs: number): Derived | Promise<Derived> {
    switch (recorded.type) {
      case 'CallDecided': return this.call(state, recorded, timeMs);
      case 'CallSettled': return this.#decide(state, settleCommand(recorded, findGrant(state, recorded.grant_id)?.organisation ?? ''), timeMs);
      case 'ApprovalResolved': return this.#decide(state, resolveCommand(recorded, findGrant(state, recorded.grant_id)?.organisation ?? ''), timeMs);
      case 'QuotaReserved': return this.#decide(state, reserveCommand(recorded), timeMs);
      case 'QuotaReleased': return this.#decide(state, releaseCommand(recorded), timeMs);
      case 'CallAborted': return this.#decide(state, abortCommand(recorded), timeMs);
    }
  }

  /** `approvalId`: of the approval that the call opens, if it does; the recorded one if none is given. */
  call(state: DecisionState, recorded: CallDecided, timeMs: number, approvalId?: string): Derived | Promise<Derived> {
    const args = this.#args.of(recorded);
    // Whether they are an object is not in the record but where it refused them; that is checked against the values below.
    const saysInvalid = recorded.rule === '(invalid arguments)';
    const derived = this.#decide(state, decideCommand(recorded, args, saysInvalid, approvalId), timeMs);
    if (recorded.arguments.keys.length > 0 && !saysInvalid) return derived;
    if (derived instanceof Promise) return derived.then((one) => this.#checkShape(state, recorded, timeMs, one, saysInvalid, approvalId));
    return this.#checkShape(state, recorded, timeMs, derived, saysInvalid, approvalId);
  }

  /** Arguments without keys are `{}`, or no object at all. */
  #checkShape(state: DecisionState, recorded: CallDecided, timeMs: number, derived: Derived, saysInvalid: boolean, approvalId?: string): Derived | Promise<Derived> {
    if (derived.kind !== 'event' || derived.event.type !== 'CallDecided' || BEFORE_ARGUMENTS.has(derived.event.rule)) return derived;
    try {
      const isObject = this.#args.of(recorded).isObject();
      // Without the key they are taken for what nearly all are.
      if (isObject === undefined) return saysInvalid ? { kind: 'values', why: 'no_keys' } : derived;
      return isObject === !saysInvalid ? derived : this.#decide(state, decideCommand(recorded, this.#args, !isObject, approvalId), timeMs);
    } catch (error) {
      if (error instanceof KeyOnItsWay) return error.key.then(() => this.#checkShape(state, recorded, timeMs, derived, saysInvalid, approvalId));
      if (error instanceof ValuesGone) return { kind: 'values', why: error.why };
      throw error;
    }
  }

  #decide(state: DecisionState, command: DecisionCommand, nowMs: number, loaded?: Loaded): Derived | Promise<Derived> {
    try {
      for (let known = loaded; ; ) {
        const decision = this.machine.decide(state, command, known === undefined ? { nowMs } : { nowMs, loaded: known });
        switch (decision.kind) {
          case 'append': return { kind: 'event', event: decision.event };
          case 'load': {
            const found = this.#o.load(decision.offset);
            if (found instanceof Promise) return found.then((one) => this.#decide(state, command, nowMs, one));
            known = found;
            break;
          }
          case 'answer': return { kind: 'repeated' };
          case 'refuse': return this.#refused(state, command, decision.error);
          case 'advise': return 'kind' in decision.reply ? { kind: 'refused', error: decision.reply } : { kind: 'repeated' };
        }
      }
    } catch (error) {
      if (error instanceof KeyOnItsWay) return error.key.then(() => this.#decide(state, command, nowMs, loaded));
      if (error instanceof ValuesGone) return { kind: 'values', why: error.why };
      throw error;
    }
  }

  #refused(state: DecisionState, command: DecisionCommand, error: DocketError): Derived {
    if (error.reason !== 'POLICY_NOT_LOADED' || command.type !== 'Decide') return { kind: 'refused', error };
    const grant = findGrant(state, command.grant.grant_id);
    const version = grant && state.policies.get(grant.organisation)?.get(grant.policy_id)?.version;
    return { kind: 'policy', why: (version === undefined ? undefined : this.#o.policies.gapOf(version)) ?? 'missing' };
  }
}
