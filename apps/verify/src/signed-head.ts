import { createHash, createPublicKey, verify } from 'node:crypto';

/** What a signed head states (docs/proof-format.md). */
export interface SignedHead {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly from: number;
  readonly to: number;
  readonly head: string;
  readonly event_time_ms: number;
  readonly tree_size: number;
  readonly root: string;
  readonly previous: string;
  readonly signed_at_ms: number;
  readonly key_id: string;
  readonly public_key: string;
  readonly signature: string;
}

const TYPE = 'docket.ledger.HeadSigned.v1';
/** DER of an Ed25519 public key (RFC 8410) up to its 32 bytes. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const NUMBERS = ['partition', 'epoch', 'sequence', 'from', 'to', 'event_time_ms', 'tree_size', 'signed_at_ms'] as const;
const HASHES = ['head', 'root', 'previous'] as const;

/** Reads the record of a signed head; throws an Error that says what is wrong with it. */
export function readSignedHead(value: string): SignedHead {
  const record = JSON.parse(value) as { type?: unknown; source?: unknown; time?: unknown; data?: unknown; epoch?: unknown; seq?: unknown; prev?: unknown };
  const head = record.data as SignedHead;
  if (record.type !== TYPE || typeof head !== 'object' || head === null) throw new Error('it is no signed head');
  if (Object.keys(head).length !== 15) throw new Error('it has not the fields of a signed head');
  if (typeof head.topic !== 'string' || !/^[A-Za-z0-9._-]{1,249}$/.test(head.topic)) throw new Error('it names no topic');
  for (const name of NUMBERS) if (!Number.isSafeInteger(head[name]) || head[name] < 0) throw new Error(`its ${name} is no whole number`);
  for (const name of HASHES) if (typeof head[name] !== 'string' || !/^[0-9a-f]{64}$/.test(head[name])) throw new Error(`its ${name} is no SHA-256`);
  // Canonical only: the last digit of base64 has bits that mean nothing.
  if (!/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(String(head.public_key)) || !/^[A-Za-z0-9+/]{85}[AQgw]==$/.test(String(head.signature))) throw new Error('its key or its signature is not written in base64 as it should be');
  if (head.tree_size !== head.to - head.from || head.tree_size < 1) throw new Error('its tree has another size than its offsets say');
  if (record.source !== `/docket/${head.topic}/${head.partition}`) throw new Error('it stands in another partition than it says');
  if (record.time !== new Date(head.signed_at_ms).toISOString()) throw new Error('it was signed at another time than it says');
  // Written by one program, always in the same way: whatever is written otherwise was changed since.
  const { epoch, seq, prev } = record;
  const canonical = `{"specversion":"1.0","id":"${String(epoch)}-${String(seq)}","source":"/docket/${head.topic}/${head.partition}","type":"${TYPE}","time":"${record.time}","subject":"head",`
    + `"datacontenttype":"application/json","epoch":${String(epoch)},"seq":"${String(seq)}","prev":"${String(prev)}","data":${JSON.stringify(head)}}`;
  if (value !== canonical) throw new Error('it is not written as Docket writes it');
  // Around what is signed stands where its record is. Right behind what it covers that can be told; elsewhere nothing rests on it.
  const isNext = epoch === head.epoch && seq === String(head.sequence + 1);
  if (!Number.isSafeInteger(epoch) || (epoch as number) < head.epoch || (isNext && prev !== head.head)) throw new Error('it does not stand behind what it covers');
  return head;
}

/** The bytes under the signature. */
function signedText(head: SignedHead): Buffer {
  const lines = [
    'docket signed head v1', `topic ${head.topic}`, `partition ${head.partition}`, `epoch ${head.epoch}`, `sequence ${head.sequence}`, `from ${head.from}`, `to ${head.to}`, `head ${head.head}`,
    `event_time_ms ${head.event_time_ms}`, `tree_size ${head.tree_size}`, `root ${head.root}`, `previous ${head.previous}`, `signed_at_ms ${head.signed_at_ms}`, `key_id ${head.key_id}`,
  ];
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
}

/** A key's id: the first 8 bytes of a SHA-256, in hex. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update('docket head key id v1\0').update(publicKey).digest('hex').slice(0, 16);
}

/** What is wrong with the signature; undefined if nothing is. `keys` are 32 bytes each; undefined: the head's own is taken. */
export function signatureProblem(head: SignedHead, keys: readonly Uint8Array[] | undefined): string | undefined {
  const own = Buffer.from(String(head.public_key), 'base64');
  if (own.length !== 32 || keyIdOf(own) !== head.key_id) return 'it carries another key than it names';
  const key = keys === undefined ? own : keys.find((one) => keyIdOf(one) === head.key_id);
  if (key === undefined) return `it is signed by key ${head.key_id}, and the keys that were given are ${keys!.map(keyIdOf).join(', ')}`;
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' });
  return verify(null, signedText(head), publicKey, Buffer.from(String(head.signature), 'base64')) ? undefined : `the signature is not that of key ${head.key_id}`;
}
