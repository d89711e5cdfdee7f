import { isAscii } from 'node:buffer';
import type { CallDecided, CallSettled, DecisionState, EventPosition } from '#decision';
import { sha256, type LogRecord, type ResumeState, type TopicPartition } from '#ledger';
import { TIME_TEXT_LENGTH, plainEnd, timeAt } from './plain-text.js';
import type { Rederiver } from './rederive.js';
import type { TimeRange } from './replay-partition.js';
import { limitsText, verdictText } from './verdict-text.js';

/** A record that is, byte for byte, what its owner must have written there. */
export interface Expected {
  readonly event: CallDecided | CallSettled;
  readonly at: EventPosition;
}

/**
 * The short way through an honest log. Most records are exactly what the state up to there makes of their inputs; that is
 * found out by writing them again and comparing the bytes, which costs a third of parsing, judging and decoding them. Whoever
 * equals what the codec and the envelope write for this epoch, sequence and head is valid by that. Everything else (undefined)
 * changes nothing and takes the long way, so this never decides that something differs.
 */
export class ExpectedRecords {
  readonly #tp: TopicPartition;
  readonly #range: TimeRange;
  readonly #rederiver: Rederiver;
  readonly #source: string;
  /** What the fields that are read next are read from. */
  #json = '';
  #at = 0;

  constructor(tp: TopicPartition, range: TimeRange, rederiver: Rederiver) {
    this.#tp = tp;
    this.#range = range;
    this.#rederiver = rederiver;
    this.#source = `","source":"/docket/${tp.topic}/${tp.partition}","type":"docket.decision.Call`;
  }

  find(record: LogRecord, { offset, epoch, sequence, head }: ResumeState, state: DecisionState): Expected | undefined {
    const { value } = record;
    if (record.offset !== offset || !isAscii(value)) return undefined;
    const json = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    this.#json = json;
    this.#at = 0;
    const seq = sequence + 1;
    if (!this.#skip(`{"specversion":"1.0","id":"${epoch}-${seq}`) || !this.#skip(this.#source)) return undefined;
    const isDecided = this.#skip('Decided.v1","time":"');
    if (!isDecided && !this.#skip('Settled.v1","time":"')) return undefined;
    const timeMs = timeAt(json, this.#at);
    if (timeMs < this.#range.fromMs || timeMs >= this.#range.toMs || timeMs < 0) return undefined;
    this.#at += TIME_TEXT_LENGTH;
    const subject = this.#field('","subject":"');
    if (subject === undefined || !this.#skip(`","datacontenttype":"application/json","epoch":${epoch},"seq":"${seq}","prev":"${head}","data":{"call_id":"`)) return undefined;
    const event = isDecided ? this.#decided(subject, state, timeMs) : this.#settled(subject, state, timeMs);
    if (event === undefined || this.#at !== json.length) return undefined;
    return { event, at: { topic: this.#tp.topic, partition: this.#tp.partition, offset, hash: sha256(value), epoch, sequence: seq, timeMs } };
  }

  #decided(subject: string, state: DecisionState, timeMs: number): CallDecided | undefined {
    const recorded = this.#inputs(subject);
    if (recorded === undefined) return undefined;
    const event = this.#rederiver.rederiveNow(state, recorded, timeMs);
    if (event?.type !== 'CallDecided' || event.approval !== null || event.organisation !== recorded.organisation || event.server_id !== recorded.server_id) return undefined;
    if (!this.#skip(verdictText(event)) || this.#rest() === undefined || this.#field('","trace":"') === undefined) return undefined;
    return this.#skip(limitsText(event)) ? event : undefined;
  }

  /** What a recorded call was decided from, as far as it stands before the verdict. */
  #inputs(subject: string): CallDecided | undefined {
    const call_id = this.#rest();
    const content = this.#field('","content":"');
    const grant_id = this.#field('","grant_id":"');
    if (grant_id !== subject) return undefined;
    const organisation = this.#field('","organisation":"');
    const server_id = this.#field('","server_id":"');
    const tool = this.#field('","tool":"');
    const session_id = this.#field('","session_id":"');
    const agent = this.#field('","agent":"');
    const principal = this.#field('","principal":"');
    const tool_definition_hash = this.#field('","tool_definition_hash":"');
    const logical_call_id = this.#field('","logical_call_id":"');
    const keys = this.#keys();
    const hmac = this.#field('"hmac":"');
    const sealed = this.#field('","sealed":"');
    // Once one is missing, so are all that follow.
    if (sealed === undefined || keys === undefined || !this.#skip('"')) return undefined;
    return {
      ...UNSAID, call_id: call_id!, content: content!, grant_id, organisation: organisation!, server_id: server_id!, tool: tool!, session_id: session_id!, agent: agent!,
      principal: principal!, tool_definition_hash: tool_definition_hash!, logical_call_id: logical_call_id!, arguments: { keys, hmac: hmac!, sealed },
    };
  }

  #settled(subject: string, state: DecisionState, timeMs: number): CallSettled | undefined {
    const call_id = this.#rest();
    const grant_id = this.#field('","grant_id":"');
    const outcome = this.#field('","outcome":"');
    const logical_call_id = this.#field('","logical_call_id":"');
    if (call_id === undefined || grant_id !== subject || logical_call_id === undefined || !this.#skip('","refunds":[],"refunded":[],"actor":"')) return undefined;
    if (outcome !== 'SUCCEEDED' && outcome !== 'UNKNOWN' && outcome !== 'FAILED' && outcome !== 'NOT_SENT') return undefined;
    const actor = this.#rest();
    if (actor === undefined || !this.#skip('"}}')) return undefined;
    const event = this.#rederiver.rederiveNow(state, { type: 'CallSettled', call_id, grant_id, outcome, logical_call_id, refunds: [], refunded: [], actor }, timeMs);
    return event?.type === 'CallSettled' && event.refunds.length === 0 && event.refunded.length === 0 && event.logical_call_id === logical_call_id ? event : undefined;
  }

  /** `","arguments":{"keys":["a","b"],`: their names do not matter here, but whether there are any does. */
  #keys(): readonly string[] | undefined {
    if (!this.#skip('","arguments":{"keys":[')) return undefined;
    if (this.#skip('],')) return NO_KEYS;
    for (;;) {
      if (this.#field('"') === undefined || !this.#skip('"')) return undefined;
      if (this.#skip('],')) return SOME_KEYS;
      if (!this.#skip(',')) return undefined;
    }
  }

  #skip(text: string): boolean {
    if (!this.#json.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** The text behind `before`; undefined if something else is there. Leaves the place at its closing quote, or at the very end. */
  #field(before: string): string | undefined {
    return this.#skip(before) ? this.#rest() : this.#fail();
  }

  #rest(): string | undefined {
    const end = plainEnd(this.#json, this.#at);
    if (end < 0) return this.#fail();
    const text = this.#json.slice(this.#at, end);
    this.#at = end;
    return text;
  }

  /** Nothing can be read from there any more. */
  #fail(): undefined {
    this.#at = this.#json.length;
    return undefined;
  }
}

const NO_KEYS: readonly string[] = [];
const SOME_KEYS: readonly string[] = ['(some)'];

/** What is compared, not read. An empty rule: it did not refuse arguments that are no object. */
const UNSAID = {
  type: 'CallDecided', verdict: 'ALLOW', would_be: null, rule: '', message: '', retry_after_ms: null, limits: [], charges: [], policy_id: '', policy_version: '',
  mode: 'enforce', actor: '', trace: '', approval: null,
} as const;
