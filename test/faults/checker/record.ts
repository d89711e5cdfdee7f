import { createHash } from 'node:crypto';

/** A record's value as docs/proof-format.md describes it. */
export type Decoded =
  | { readonly kind: 'claim'; readonly epoch: number; readonly nonce: string; readonly node: string }
  | { readonly kind: 'event'; readonly epoch: number; readonly sequence: number; readonly prev: string; readonly timeMs: number; readonly type: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'other'; readonly why: string };

const CLAIM = 'docket.ledger.PartitionClaimed.v1';
const HEX_32 = /^[0-9a-f]{32}$/;
const HEX_64 = /^[0-9a-f]{64}$/;
const CANONICAL = /^[1-9][0-9]*$/;

export const sha256 = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Reads one value; what is not exactly a claim or an event of this partition counts nowhere. */
export function decode(topic: string, partition: number, value: Uint8Array): Decoded {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    json = JSON.parse(text);
  } catch {
    return other('no JSON');
  }
  if (!isObject(json)) return other('no object');
  if (json['specversion'] !== '1.0' || json['datacontenttype'] !== 'application/json') return other('no CloudEvent');
  if (json['source'] !== `/docket/${topic}/${partition}`) return other('of another partition');
  const { type, id, data, time } = json;
  if (typeof type !== 'string' || !isObject(data)) return other('no type or data');
  if (type === CLAIM) {
    const { epoch, nonce, node } = data;
    if (!isCount(epoch) || typeof nonce !== 'string' || !HEX_32.test(nonce) || id !== `claim-${nonce}` || typeof node !== 'string') return other('a malformed claim');
    return { kind: 'claim', epoch, nonce, node };
  }
  const { epoch, seq, prev } = json;
  const timeMs = typeof time === 'string' ? Date.parse(time) : NaN;
  if (!isCount(epoch) || typeof seq !== 'string' || !CANONICAL.test(seq) || typeof prev !== 'string' || !HEX_64.test(prev) || Number.isNaN(timeMs)) return other('a malformed event');
  if (id !== `${epoch}-${seq}`) return other('an event whose id is not its place');
  return { kind: 'event', epoch, sequence: Number(seq), prev, timeMs, type, data };
}

const other = (why: string): Decoded => ({ kind: 'other', why });
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
