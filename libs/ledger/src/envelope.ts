import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { EncodedEvent, Json } from './state-machine.js';

/** CloudEvents `type` of a claim; everything else that is well-formed is an event. */
export const CLAIM_TYPE = 'docket.ledger.PartitionClaimed.v1';

/** CloudEvents `type` of a signed head: an event that the ledger writes itself, in every topic (docs/proof-format.md). */
export const SIGNED_HEAD_TYPE = 'docket.ledger.HeadSigned.v1';

/** SHA-256 in lower-case hex. One-shot: on the decision path this is three times cheaper than a Hash object. */
export const sha256 = (data: Uint8Array | string): string => hash('sha256', data, 'hex');

export interface Claim {
  readonly epoch: number;
  /** 16 random bytes in hex: tells two claims of the same epoch apart. */
  readonly nonce: string;
  readonly node: string;
  readonly address: string;
}

export type ParsedRecord =
  | { readonly kind: 'event'; readonly epoch: number; readonly sequence: number; readonly prev: string; readonly timeMs: number; readonly encoded: EncodedEvent }
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Reads and writes the record values of one partition: CloudEvents 1.0, JSON, structured mode. */
export class Envelope {
  readonly #source: string;
  readonly #sourceJson: string;

  constructor(topic: string, partition: number) {
    this.#source = `/docket/${topic}/${partition}`;
    this.#sourceJson = JSON.stringify(this.#source);
  }

  /** The exact bytes that are stored and hashed. The JSON is built once, by hand around the data: it is the hot path. */
  encodeEvent(encoded: EncodedEvent, epoch: number, sequence: number, prev: string, timeMs: number): Buffer {
    return Buffer.from(
      `{"specversion":"1.0","id":"${epoch}-${sequence}","source":${this.#sourceJson},"type":${JSON.stringify(encoded.type)},` +
        `"time":"${isoTime(timeMs)}","subject":${JSON.stringify(encoded.subject)},"datacontenttype":"application/json",` +
        `"epoch":${epoch},"seq":"${sequence}","prev":"${prev}","data":${JSON.stringify(encoded.data)}}`,
    );
  }

  encodeClaim(claim: Claim, timeMs: number): Buffer {
    const { epoch, nonce, node, address } = claim;
    return Buffer.from(
      `{"specversion":"1.0","id":"claim-${nonce}","source":${this.#sourceJson},"type":"${CLAIM_TYPE}",` +
        `"time":"${isoTime(timeMs)}","datacontenttype":"application/json","data":${JSON.stringify({ epoch, nonce, node, address })}}`,
    );
  }

  /** Never throws: what is not exactly an event or a claim of this partition is malformed, hence void. */
  parse(value: Uint8Array): ParsedRecord {
    // Undecodable bytes must not be quietly replaced: two readers could then see two different texts.
    if (!isUtf8(value)) return malformed('not UTF-8');
    let json: unknown;
    try {
      json = JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
    } catch {
      return malformed('not JSON');
    }
    if (!isObject(json)) return malformed('not a JSON object');
    if (json['specversion'] !== '1.0') return malformed('specversion is not 1.0');
    if (json['source'] !== this.#source) return malformed('source is another partition');
    if (json['datacontenttype'] !== 'application/json') return malformed('datacontenttype is not application/json');
    const timeMs = parseTime(json['time']);
    if (timeMs === undefined) return malformed('time is not RFC 3339 with milliseconds');
    return json['type'] === CLAIM_TYPE ? parseClaim(json) : parseEvent(json, timeMs);
  }
}

let isoMs = Number.NaN;
/** Undefined until a time was read or written: no text equals it. */
let iso: string | undefined;

/** Neighbours often have the same time, in all partitions alike, so the last one is remembered. */
function isoTime(ms: number): string {
  if (iso === undefined || ms !== isoMs) {
    iso = new Date(ms).toISOString();
    isoMs = ms;
  }
  return iso;
}

/** Canonical only, too. */
function parseTime(time: unknown): number | undefined {
  if (typeof time !== 'string') return undefined;
  if (time === iso) return isoMs;
  const ms = Date.parse(time);
  return Number.isFinite(ms) && isoTime(ms) === time ? ms : undefined;
}

function parseEvent(json: Record<string, unknown>, timeMs: number): ParsedRecord {
  const { id, type, subject, epoch, seq, prev, data } = json;
  if (typeof type !== 'string' || type === '') return malformed('type is missing');
  if (typeof subject !== 'string') return malformed('subject is missing');
  if (!isPositiveInteger(epoch)) return malformed('epoch is not a positive integer');
  const sequence = parseSequence(seq);
  if (sequence === undefined) return malformed('seq is not a canonical positive decimal');
  if (id !== `${epoch}-${sequence}`) return malformed('id is not <epoch>-<seq>');
  if (!isHex(prev, 64)) return malformed('prev is not 64 hexadecimal digits');
  if (data === undefined) return malformed('data is missing');
  return { kind: 'event', epoch, sequence, prev, timeMs, encoded: { type, subject, data: data as Json } };
}

function parseClaim(json: Record<string, unknown>): ParsedRecord {
  const data = json['data'];
  if (!isObject(data)) return malformed('claim without data');
  const { epoch, nonce, node, address } = data;
  if (!isPositiveInteger(epoch)) return malformed('claim: epoch is not a positive integer');
  if (!isHex(nonce, 32)) return malformed('claim: nonce is not 32 hexadecimal digits');
  if (json['id'] !== `claim-${nonce}`) return malformed('claim: id is not claim-<nonce>');
  if (typeof node !== 'string' || typeof address !== 'string') return malformed('claim: node or address is missing');
  return { kind: 'claim', claim: { epoch, nonce, node, address } };
}

/** Canonical only (no sign, no leading zero), so that one event has one spelling. */
function parseSequence(seq: unknown): number | undefined {
  if (typeof seq !== 'string') return undefined;
  const value = Number(seq);
  return isPositiveInteger(value) && String(value) === seq ? value : undefined;
}

const malformed = (reason: string): ParsedRecord => ({ kind: 'malformed', reason });
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isPositiveInteger = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const HEX = /^[0-9a-f]+$/;
const isHex = (value: unknown, length: number): value is string => typeof value === 'string' && value.length === length && HEX.test(value);
