import { fromBase64, toBase64 } from './base64.js';
import type { Outcome } from './model.js';

/** Ids are dropped a bucket at a time, so that dropping costs nothing per id. */
const BUCKET_MS = 10_000;
/** A key is 32 bytes: the grant's UUID and the call's. */
const KEY_WORDS = 8;
const CALLS_AT_FIRST = 16;

const OUTCOMES: readonly Outcome[] = ['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN'];

/** A decided call: the offset of its event, and once it is settled that too. */
export interface RememberedCall {
  readonly offset: number;
  readonly settlement: Settlement | undefined;
}

export interface Settlement {
  readonly outcome: Outcome;
  /** Of the newest CallSettled. */
  readonly offset: number;
  /** Something was given back. */
  readonly refunded: boolean;
}

/** [bucket, keys in base64, offsets, [call's number, offset, outcome's number, refunded as 0 or 1, …]] */
export type BucketJson = readonly [number, string, readonly number[], readonly number[]];

/**
 * The recent calls of a partition by grant and call id, kept by the time inside the call id: an id young enough to be
 * accepted is always still there, and an id too old to be accepted need not be. There may be millions, so they are packed
 * into typed arrays: about 80 bytes a call and nothing for the garbage collector to walk, where a Map took 180.
 */
export class RememberedCalls {
  private readonly buckets = new Map<number, Bucket>();
  private oldest = Infinity;

  get(grantId: string, callId: string): RememberedCall | undefined {
    const bucket = this.buckets.get(readKey(grantId, callId));
    if (bucket === undefined) return undefined;
    const call = bucket.find();
    return call < 0 ? undefined : bucket.read(call);
  }

  /** Throws on ids that are no UUIDs. */
  decided(grantId: string, callId: string, offset: number): void {
    const number = readKey(grantId, callId);
    let bucket = this.buckets.get(number);
    if (bucket === undefined) {
      bucket = new Bucket();
      this.add(number, bucket);
    }
    bucket.add(offset);
  }

  /** A call that is remembered no more is left alone. */
  settled(grantId: string, callId: string, settlement: Settlement): void {
    const bucket = this.buckets.get(readKey(grantId, callId));
    const call = bucket?.find() ?? -1;
    if (call >= 0) bucket?.settle(call, settlement);
  }

  /** Drops the buckets that hold nothing but ids of before `timeMs`. */
  dropBefore(timeMs: number): void {
    // A few dozen buckets are live at most: ids are accepted minutes around the present only.
    while ((this.oldest + 1) * BUCKET_MS <= timeMs) {
      this.buckets.delete(this.oldest);
      let oldest = Infinity;
      for (const number of this.buckets.keys()) if (number < oldest) oldest = number;
      this.oldest = oldest;
    }
  }

  /** In the order in which they came, which is the same for every reader. */
  snapshot(): BucketJson[] {
    return Array.from(this.buckets, ([number, bucket]) => bucket.snapshot(number));
  }

  static restore(rows: readonly BucketJson[]): RememberedCalls {
    const calls = new RememberedCalls();
    for (const row of rows) calls.add(row[0], Bucket.restore(row));
    return calls;
  }

  private add(number: number, bucket: Bucket): void {
    this.buckets.set(number, bucket);
    if (number < this.oldest) this.oldest = number;
  }
}

/** The key that is being looked for: one for all, so that a look costs no allocation. */
const key = new Uint32Array(KEY_WORDS);
/** The ids that it holds, and their bucket: a call is looked for, and then added. */
let keyGrant = '';
let keyCall = '';
let keyBucket = 0;

/** Reads the two ids into `key`; returns the number of their bucket. */
function readKey(grantId: string, callId: string): number {
  if (callId === keyCall && grantId === keyGrant) return keyBucket;
  if (grantId.length !== 32 || callId.length !== 36) throw new Error('expected a grant id of 32 and a call id of 36 characters');
  // Should one of them be refused half-way, the key is nobody's.
  keyCall = '';
  key[0] = hex(grantId, 0, 8);
  key[1] = hex(grantId, 8, 16);
  key[2] = hex(grantId, 16, 24);
  key[3] = hex(grantId, 24, 32);
  // xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx
  const timeHigh = hex(callId, 0, 8);
  const timeLow = hex(callId, 9, 13);
  key[4] = timeHigh;
  key[5] = timeLow * 0x10000 + hex(callId, 14, 18);
  key[6] = hex(callId, 19, 23) * 0x10000 + hex(callId, 24, 28);
  key[7] = hex(callId, 28, 36);
  keyBucket = Math.floor((timeHigh * 0x10000 + timeLow) / BUCKET_MS);
  keyGrant = grantId;
  keyCall = callId;
  return keyBucket;
}

function hex(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit < 0) throw new Error('expected ids in lower-case hex');
    value = value * 16 + digit;
  }
  return value;
}

/** Calls in the order in which they came, and an open-addressed index over them. */
class Bucket {
  private count = 0;
  private keys = new Uint32Array(CALLS_AT_FIRST * KEY_WORDS);
  private offsets = new Float64Array(CALLS_AT_FIRST);
  /** Where a call's settlement stands, and what it was: outcome × 2 + refunded + 1; 0 for one that is not settled. */
  private settledAt: Float64Array | undefined;
  private settledAs: Uint8Array | undefined;
  /** Call's number + 1 by hash; 0 is free. Twice as long as there is room for calls. */
  private index = new Uint32Array(CALLS_AT_FIRST * 2);

  /** The number of the call that `key` names, or -1. */
  find(): number {
    return (this.index[this.slot()] as number) - 1;
  }

  read(call: number): RememberedCall {
    const as = this.settledAs?.[call] ?? 0;
    const settlement = as === 0 ? undefined : {
      outcome: OUTCOMES[(as - 1) >> 1] as Outcome, offset: this.settledAt?.[call] ?? 0, refunded: (as - 1) % 2 === 1,
    };
    return { offset: this.offsets[call] as number, settlement };
  }

  /** Adds the call that `key` names, or notes its newer offset. */
  add(offset: number): void {
    let slot = this.slot();
    const known = (this.index[slot] as number) - 1;
    if (known >= 0) {
      this.offsets[known] = offset;
      return;
    }
    if (this.count === this.offsets.length) {
      this.resize(this.count * 2);
      slot = this.slot();
    }
    this.keys.set(key, this.count * KEY_WORDS);
    this.offsets[this.count] = offset;
    this.count += 1;
    this.index[slot] = this.count;
  }

  settle(call: number, { outcome, offset, refunded }: Settlement): void {
    this.settledAt ??= new Float64Array(this.offsets.length);
    this.settledAs ??= new Uint8Array(this.offsets.length);
    this.settledAt[call] = offset;
    this.settledAs[call] = OUTCOMES.indexOf(outcome) * 2 + (refunded ? 1 : 0) + 1;
  }

  snapshot(number: number): BucketJson {
    const { count, keys, offsets, settledAs, settledAt } = this;
    const settled: number[] = [];
    for (let call = 0; settledAs !== undefined && call < count; call++) {
      const as = settledAs[call] as number;
      if (as > 0) settled.push(call, settledAt?.[call] as number, (as - 1) >> 1, (as - 1) % 2);
    }
    return [number, toBase64(littleEndian(keys.subarray(0, count * KEY_WORDS))), Array.from(offsets.subarray(0, count)), settled];
  }

  static restore([, keys, offsets, settled]: BucketJson): Bucket {
    const bucket = new Bucket();
    const words = fromBase64(keys);
    const view = new DataView(words.buffer);
    bucket.resize(Math.max(CALLS_AT_FIRST, 2 ** Math.ceil(Math.log2(offsets.length))));
    keyCall = '';
    for (let call = 0; call < offsets.length; call++) {
      for (let i = 0; i < KEY_WORDS; i++) key[i] = view.getUint32((call * KEY_WORDS + i) * 4, true);
      bucket.add(offsets[call] as number);
    }
    for (let i = 0; i < settled.length; i += 4) {
      const [call, offset, outcome, refunded] = settled.slice(i, i + 4) as [number, number, number, number];
      bucket.settle(call, { outcome: OUTCOMES[outcome] as Outcome, offset, refunded: refunded === 1 });
    }
    return bucket;
  }

  /** Where the index holds `key`, or is free for it. */
  private slot(): number {
    const mask = this.index.length - 1;
    for (let slot = hash() & mask; ; slot = (slot + 1) & mask) {
      const call = this.index[slot] as number;
      if (call === 0 || this.isKeyOf(call - 1)) return slot;
    }
  }

  private isKeyOf(call: number): boolean {
    const from = call * KEY_WORDS;
    // From the end: that is where ids differ.
    for (let i = KEY_WORDS - 1; i >= 0; i--) if (this.keys[from + i] !== key[i]) return false;
    return true;
  }

  private resize(calls: number): void {
    const { keys, offsets, settledAt, settledAs } = this;
    this.keys = new Uint32Array(calls * KEY_WORDS);
    this.keys.set(keys);
    this.offsets = new Float64Array(calls);
    this.offsets.set(offsets);
    if (settledAt !== undefined && settledAs !== undefined) {
      this.settledAt = new Float64Array(calls);
      this.settledAt.set(settledAt);
      this.settledAs = new Uint8Array(calls);
      this.settledAs.set(settledAs);
    }
    this.index = new Uint32Array(calls * 2);
    const wanted = key.slice();
    for (let call = 0; call < this.count; call++) {
      key.set(this.keys.subarray(call * KEY_WORDS, (call + 1) * KEY_WORDS));
      this.index[this.slot()] = call + 1;
    }
    key.set(wanted);
  }
}

/** Of the words that differ between ids: random ones, the time, and the grant's. Constants of MurmurHash3's last step. */
function hash(): number {
  let h = (key[7] as number) ^ Math.imul((key[6] as number) ^ Math.imul(key[5] as number, 0x9e3779b1), 0x85ebca6b) ^ Math.imul((key[3] as number) ^ (key[4] as number), 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The same bytes on every machine. */
function littleEndian(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(i * 4, words[i] as number, true);
  return bytes;
}
