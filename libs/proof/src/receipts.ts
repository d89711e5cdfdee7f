import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { DocketError } from '#errors';
import type { Fault } from './fault.js';

/** What a caller was given with a verdict. */
export interface Receipt {
  readonly offset: number;
  /** SHA-256 of the event's record, lower-case hex. */
  readonly hash: string;
  /** Where it was read, for messages. */
  readonly line: number;
}

/** Some forty bytes each are held. */
const RECEIPTS_MAX = 5_000_000;
const LINE_BYTES_MAX = 8 * 1024 * 1024;

/** Receipts by topic and partition, in the order of their offsets. */
export class Receipts {
  readonly #byPartition = new Map<string, Receipt[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get partitions(): readonly { readonly topic: string; readonly partition: number }[] {
    return [...this.#byPartition.keys()].map((key) => ({ topic: key.slice(0, key.lastIndexOf('/')), partition: Number(key.slice(key.lastIndexOf('/') + 1)) }));
  }

  add(topic: string, partition: number, receipt: Receipt): void {
    const key = `${topic}/${partition}`;
    const receipts = this.#byPartition.get(key);
    if (receipts === undefined) this.#byPartition.set(key, [receipt]);
    else receipts.push(receipt);
    this.#count += 1;
  }

  of(topic: string, partition: number): readonly Receipt[] {
    return (this.#byPartition.get(`${topic}/${partition}`) ?? []).sort((a, b) => a.offset - b.offset);
  }
}

/**
 * Reads receipts, one JSON object a line: a receipt `{topic, partition, offset, hash}` or anything that has one as
 * `receipt`, such as what `docket decide --json` prints. The hash is base64 (the JSON form of the proto) or hex.
 */
export async function readReceipts(file: string): Promise<Receipts> {
  const receipts = new Receipts();
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      const found = text.length > LINE_BYTES_MAX ? undefined : receiptIn(text);
      if (found === undefined) throw unreadable(file, `line ${line}: expected a JSON object with topic, partition, offset and hash, or one that has such a "receipt"`);
      if (receipts.count === RECEIPTS_MAX) throw unreadable(file, `more than ${RECEIPTS_MAX} receipts: check them in parts`);
      receipts.add(found.topic, found.partition, { offset: found.offset, hash: found.hash, line });
    }
  } catch (cause) {
    if (cause instanceof DocketError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw unreadable(file, code === 'ENOENT' ? 'there is no such file' : code ?? (cause as Error).message, cause);
  }
  return receipts;
}

function receiptIn(text: string): { topic: string; partition: number; offset: number; hash: string } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { receipt = json } = json as { receipt?: unknown };
  if (typeof receipt !== 'object' || receipt === null) return undefined;
  // The JSON form of the proto leaves zeros out, and writes 64-bit numbers as text.
  const { topic, partition = 0, offset = 0, hash } = receipt as Record<string, unknown>;
  const at = Number(offset);
  const hex = hexOf(hash);
  if (typeof topic !== 'string' || !Number.isSafeInteger(partition) || !Number.isSafeInteger(at) || at < 0 || hex === undefined) return undefined;
  return { topic, partition: partition as number, offset: at, hash: hex };
}

function hexOf(hash: unknown): string | undefined {
  if (typeof hash !== 'string') return undefined;
  if (/^[0-9a-fA-F]{64}$/.test(hash)) return hash.toLowerCase();
  const bytes = Buffer.from(hash, 'base64');
  return bytes.length === 32 ? bytes.toString('hex') : undefined;
}

const unreadable = (file: string, what: string, cause?: unknown): DocketError =>
  new DocketError('invalid_argument', { reason: 'RECEIPTS_UNREADABLE', message: `${file}: ${what}`, ...(cause === undefined ? {} : { cause }) });

/** What a receipt says against what the log holds at its offset. `found`: the valid event there. */
export function receiptFault(topic: string, partition: number, { offset, hash, line }: Receipt, found: string | undefined): Fault | undefined {
  if (found === hash) return undefined;
  const what = found === undefined ? 'there is no valid event there' : `the event there has the hash ${found.slice(0, 12)}…`;
  return { topic, partition, offset, kind: 'receipt', what: `the receipt in line ${line} has the hash ${hash.slice(0, 12)}…, but ${what}: the receipt or the log was changed` };
}
