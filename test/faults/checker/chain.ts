import type { RawRecord } from './evidence.js';
import { decode, sha256 } from './record.js';

/** Where a reader stands: everything that what comes after depends on. */
export interface Place {
  readonly offset: number;
  readonly epoch: number;
  readonly nonce: string;
  readonly sequence: number;
  readonly head: string;
  readonly timeMs: number;
}

export const BEGINNING: Place = { offset: 0, epoch: 0, nonce: '', sequence: 0, head: '0'.repeat(64), timeMs: 0 };

/** A record and what it counts for. */
export type Judged =
  | { readonly kind: 'event'; readonly offset: number; readonly loggedMs: number; readonly hash: string; readonly epoch: number; readonly sequence: number; readonly timeMs: number; readonly type: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'claim'; readonly offset: number; readonly loggedMs: number; readonly hash: string; readonly epoch: number; readonly nonce: string; readonly node: string }
  | { readonly kind: 'void'; readonly offset: number; readonly loggedMs: number; readonly hash: string; readonly why: string; /** It names a place after the chain's end: something between is missing. */ readonly ahead: boolean; readonly type: string | null };

/**
 * The rules of a partition (ARCHITECTURE.md, invariant 2; docs/proof-format.md): a claim of the next epoch counts; an event counts if its epoch is
 * the current one, its sequence the next, its `prev` the head; all else is void for ever.
 */
export class Chain {
  #place: Place;

  constructor(private readonly topic: string, private readonly partition: number, from: Place = BEGINNING) {
    this.#place = from;
  }

  get place(): Place {
    return this.#place;
  }

  /** Takes the next record. Throws if it is not the next: whoever reads on over a hole proves nothing. */
  take({ offset, timestamp_ms: loggedMs, value }: RawRecord): Judged {
    const at = this.#place;
    if (offset !== at.offset) throw new Error(`${this.topic}-${this.partition}: found offset ${offset}, expected ${at.offset}`);
    this.#place = { ...at, offset: offset + 1 };
    const bytes = Buffer.from(value ?? '', 'base64');
    const hash = sha256(bytes);
    const base = { offset, loggedMs, hash };
    const found = decode(this.topic, this.partition, bytes);
    if (found.kind === 'other') return { ...base, kind: 'void', why: found.why, ahead: false, type: null };
    if (found.kind === 'claim') {
      const { epoch, nonce, node } = found;
      if (epoch !== at.epoch + 1) return { ...base, kind: 'void', why: `claims epoch ${epoch} in epoch ${at.epoch}`, ahead: false, type: 'claim' };
      this.#place = { ...this.#place, epoch, nonce, sequence: 0, head: sha256(Buffer.from(at.head, 'hex'), Buffer.from(hash, 'hex')) };
      return { ...base, kind: 'claim', epoch, nonce, node };
    }
    const { epoch, sequence, prev, timeMs, type, data } = found;
    const why = epoch !== at.epoch ? `of epoch ${epoch} in epoch ${at.epoch}` : sequence !== at.sequence + 1 ? `sequence ${sequence} after ${at.sequence}` : prev !== at.head ? 'names another head' : undefined;
    if (why !== undefined) return { ...base, kind: 'void', why, ahead: epoch > at.epoch || (epoch === at.epoch && sequence > at.sequence), type };
    this.#place = { ...this.#place, sequence, head: hash, timeMs };
    return { ...base, kind: 'event', epoch, sequence, timeMs, type, data };
  }
}
