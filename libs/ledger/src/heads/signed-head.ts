import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { SIGNED_HEAD_TYPE } from '../envelope.js';
import type { ResumeState } from '../resume-state.js';
import type { EncodedEvent } from '../state-machine.js';

/** CloudEvents `subject` of every signed head. */
export const SIGNED_HEAD_SUBJECT = 'head';
/** `previous` of a partition's first signed head. */
export const NO_PREVIOUS = '0'.repeat(64);
/** DER of an Ed25519 public key (RFC 8410) up to its 32 bytes. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * What the owner of a partition states about its log, and signs: which records stand at the offsets from `from` up to
 * `to`, exclusive, and where the chain stands behind them. It states nothing but what the log has acknowledged.
 */
export interface HeadStatement {
  readonly topic: string;
  readonly partition: number;
  /** Where a reader stands at `to` (design.md 2.2 rule 7). */
  readonly epoch: number;
  readonly sequence: number;
  readonly from: number;
  readonly to: number;
  readonly head: string;
  /** Event time of the last valid event below `to`, ms since the epoch. */
  readonly event_time_ms: number;
  /** `to - from`: every record is a leaf, claims too, and void ones as such. */
  readonly tree_size: number;
  readonly root: string;
  /** SHA-256 of the partition's signed head before this one, whose `to` is this one's `from`; zeros for the first. */
  readonly previous: string;
}

/** A signed head as its event's data holds it. */
export interface SignedHead extends HeadStatement {
  /** Event time of the signed head itself. */
  readonly signed_at_ms: number;
  readonly key_id: string;
  /** 32 bytes in base64. Convenient, and no proof: whoever checks takes the key from elsewhere. */
  readonly public_key: string;
  /** 64 bytes in base64, over `signedText`. */
  readonly signature: string;
}

/** Signs heads. */
export interface HeadKey {
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly sign: (text: Buffer) => Buffer;
}

/** A key's id follows from the key. */
export function headKeyId(publicKey: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from('docket head key id v1\0'), publicKey]), 'hex').slice(0, 16);
}

/** @param publicKey 32 bytes */
export function headPublicKey(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
}

/** The bytes under the signature: lines of ASCII, the same in every language (docs/proof-format.md). */
export function signedText(head: Omit<SignedHead, 'signature' | 'public_key'>): Buffer {
  return Buffer.from(
    'docket signed head v1\n' +
      `topic ${head.topic}\npartition ${head.partition}\nepoch ${head.epoch}\nsequence ${head.sequence}\nfrom ${head.from}\nto ${head.to}\nhead ${head.head}\n` +
      `event_time_ms ${head.event_time_ms}\ntree_size ${head.tree_size}\nroot ${head.root}\nprevious ${head.previous}\nsigned_at_ms ${head.signed_at_ms}\nkey_id ${head.key_id}\n`,
  );
}

/** The event of a signed head, as the machine of every topic would encode it. */
export function encodeSignedHead(statement: HeadStatement, signedAtMs: number, key: HeadKey): EncodedEvent {
  const head = { ...statement, signed_at_ms: signedAtMs, key_id: key.id };
  const signature = key.sign(signedText(head)).toString('base64');
  return { type: SIGNED_HEAD_TYPE, subject: SIGNED_HEAD_SUBJECT, data: { ...head, public_key: key.publicKey.toString('base64'), signature } };
}

const isWholeNumber = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const matches = (pattern: RegExp) => (value: unknown): boolean => typeof value === 'string' && pattern.test(value);
const isSha256 = matches(/^[0-9a-f]{64}$/);

/** In the order in which they are written. */
const FIELDS: Readonly<Record<keyof SignedHead, (value: unknown) => boolean>> = {
  topic: matches(/^[A-Za-z0-9._-]{1,249}$/), partition: isWholeNumber, epoch: isWholeNumber, sequence: isWholeNumber, from: isWholeNumber, to: isWholeNumber, head: isSha256,
  event_time_ms: isWholeNumber, tree_size: isWholeNumber, root: isSha256, previous: isSha256, signed_at_ms: isWholeNumber, key_id: matches(/^[0-9a-f]{16}$/),
  // Canonical only: the last digit has bits that mean nothing.
  public_key: matches(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/), signature: matches(/^[A-Za-z0-9+/]{85}[AQgw]==$/),
};
const NAMES = Object.keys(FIELDS) as (keyof SignedHead)[];

/** Reads an event's data; undefined unless it is exactly a signed head. Says nothing of the signature. */
export function parseSignedHead(data: unknown): SignedHead | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const head = data as SignedHead;
  const isWhole = Object.keys(data).length === NAMES.length && NAMES.every((name) => Object.hasOwn(data, name) && FIELDS[name](head[name]));
  return isWhole && head.tree_size > 0 && head.to - head.from === head.tree_size ? head : undefined;
}

/** Whether this key made the head's signature. */
export function isSignedBy(head: SignedHead, publicKey: KeyObject): boolean {
  return verify(null, signedText(head), publicKey, Buffer.from(head.signature, 'base64'));
}

/** Where a reader stands that believes a signed head: it may go on from there as from any other place. */
export function resumeOf({ to, epoch, sequence, head, event_time_ms }: HeadStatement): ResumeState {
  return { offset: to, epoch, nonce: '', sequence, head, timeMs: event_time_ms };
}
