import { isAscii } from 'node:buffer';
import { sha256 } from './envelope.js';
import type { ResumeState } from './resume-state.js';
import type { DecodePlain } from './state-machine.js';

/** Larger records take the long way: what is read here are pieces of the whole text, and keep it in memory as long as they are kept. */
const PLAIN_BYTES_MAX = 16_384;

export interface PlainEvent<E> {
  readonly type: string;
  readonly event: E;
  readonly hash: string;
  readonly timeMs: number;
}

/** Reads the record that must come next in one partition, if it is written exactly as `Envelope.encodeEvent` writes it. */
export class PlainEnvelope {
  readonly #source: string;
  #epoch = -1;
  #start = '';
  #middle = '';

  constructor(topic: string, partition: number) {
    this.#source = `","source":"/docket/${topic}/${partition}","type":"`;
  }

  /** Undefined says nothing about the record but that it takes `Envelope.parse` to read it. */
  read<E>(value: Uint8Array, { epoch, sequence, head }: ResumeState, decode: DecodePlain<E>): PlainEvent<E> | undefined {
    if (value.length > PLAIN_BYTES_MAX || !isAscii(value)) return undefined;
    if (epoch !== this.#epoch) this.#enter(epoch);
    const json = (Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)).toString('latin1');
    const seq = String(sequence + 1);
    let at = past(json, this.#start, 0);
    at = past(json, seq, at);
    at = past(json, this.#source, at);
    const typeEnd = json.indexOf(TIME, at);
    if (at < 0 || typeEnd < 0) return undefined;
    const type = json.slice(at, typeEnd);
    const timeMs = timeAt(json, typeEnd + TIME.length);
    at = past(json, SUBJECT, typeEnd + TIME.length + TIME_LENGTH);
    const subjectEnd = at < 0 || timeMs < 0 ? -1 : plainEnd(value, at);
    if (subjectEnd < 0) return undefined;
    at = past(json, this.#middle, subjectEnd);
    at = past(json, seq, at);
    at = past(json, PREVIOUS, at);
    at = past(json, head, at);
    at = past(json, DATA, at);
    if (at < 0) return undefined;
    const event = decode(type, value, json, at);
    return event === undefined ? undefined : { type, event, hash: sha256(value), timeMs };
  }

  #enter(epoch: number): void {
    this.#epoch = epoch;
    this.#start = `{"specversion":"1.0","id":"${epoch}-`;
    this.#middle = `","datacontenttype":"application/json","epoch":${epoch},"seq":"`;
  }
}

const TIME = '","time":"';
const SUBJECT = '","subject":"';
const PREVIOUS = '","prev":"';
const DATA = '","data":';

/** Where the text that is expected at this place ends; below zero if it is not there, or the place is not. A slice is compared many characters at a time, which `startsWith` does not do. */
function past(json: string, expected: string, at: number): number {
  return at >= 0 && json.slice(at, at + expected.length) === expected ? at + expected.length : -1;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Where the text that begins at `from` ends, if it is written as it is: printable ASCII without escapes. */
function plainEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === undefined || byte < 32 || byte > 126 || byte === BACKSLASH) return -1;
  }
}

const TIME_LENGTH = 24;
const DAY_LENGTH = 10;
let day = '';
let dayMs = 0;

/** The time of `2026-11-23T10:00:30.000Z` at this place, ms since the epoch; −1 for any other spelling, and for times before 1970. */
export function timeAt(json: string, from: number): number {
  const text = json.slice(from, from + DAY_LENGTH);
  if (text !== day) {
    const ms = Date.parse(`${text}T00:00:00.000Z`);
    if (!Number.isFinite(ms) || ms < 0 || new Date(ms).toISOString().slice(0, DAY_LENGTH) !== text) return -1;
    // Not the slice itself, which would keep the whole record.
    day = new Date(ms).toISOString().slice(0, DAY_LENGTH);
    dayMs = ms;
  }
  const hours = twoDigits(json, from + 11);
  const minutes = twoDigits(json, from + 14);
  const seconds = twoDigits(json, from + 17);
  const tenths = twoDigits(json, from + 20);
  const last = json.charCodeAt(from + 22) - 48;
  const isSpelled = json.charCodeAt(from + 10) === 84 && json.charCodeAt(from + 13) === 58 && json.charCodeAt(from + 16) === 58 && json.charCodeAt(from + 19) === 46 && json.charCodeAt(from + 23) === 90;
  const isInRange = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60 && tenths >= 0 && last >= 0 && last <= 9;
  return isSpelled && isInRange ? dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + tenths * 10 + last : -1;
}

function twoDigits(json: string, at: number): number {
  const tens = json.charCodeAt(at) - 48;
  const ones = json.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}
