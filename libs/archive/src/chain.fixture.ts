import { generateKeyPairSync, sign } from 'node:crypto';
import { DocketError } from '#errors';
import { Envelope, INITIAL_RESUME_STATE, Judge, MemoryEventLog, type LogRecord, type ReadOptions, type TopicPartition } from '#ledger';
import type { ArchiveSigner } from './manifest.js';

/** A log in memory with honest and other records in it, whose beginning can be deleted. */
export class ChainLog extends MemoryEventLog {
  readonly #begins = new Map<string, number>();
  readonly #changed = new Map<string, Uint8Array | undefined>();
  readonly #judges = new Map<string, Judge>();

  static async of(partitions: Readonly<Record<string, number>>): Promise<ChainLog> {
    const log = new ChainLog();
    await log.prepare(Object.entries(partitions).map(([topic, count]) => ({ topic, partitions: count })));
    return log;
  }

  /** From here on the log does not hold what is below. */
  deleteBelow({ topic, partition }: TopicPartition, offset: number): void {
    this.#begins.set(`${topic}/${partition}`, offset);
  }

  /** What a read finds there from now on; undefined: nothing. */
  change({ topic, partition }: TopicPartition, offset: number, value: Uint8Array | undefined): void {
    this.#changed.set(`${topic}/${partition}/${offset}`, value);
  }

  override async read(tp: TopicPartition, fromOffset: number, options?: ReadOptions): Promise<LogRecord[]> {
    const begin = this.#begins.get(`${tp.topic}/${tp.partition}`) ?? 0;
    if (fromOffset < begin) throw new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: String(fromOffset), first_offset: String(begin), next_offset: String(begin) }, message: `${tp.topic}/${tp.partition}: offset ${fromOffset} is below the log's beginning, ${begin}` });
    const found = (await super.read(tp, fromOffset, options)).map((record) => ({ ...record, value: this.#valueOf(tp, record) }));
    const hole = found.find(({ value }) => value === undefined);
    if (hole === undefined) return found as LogRecord[];
    let next = hole.offset;
    while (this.#changed.has(`${tp.topic}/${tp.partition}/${next}`)) next += 1;
    throw new DocketError('data_loss', { reason: 'OFFSET_OUT_OF_RANGE', metadata: { offset: String(hole.offset), first_offset: String(begin), next_offset: String(next) }, message: `${tp.topic}/${tp.partition}: offset ${hole.offset} is missing` });
  }

  #valueOf({ topic, partition }: TopicPartition, { offset, value }: LogRecord): Uint8Array | undefined {
    const name = `${topic}/${partition}/${offset}`;
    return this.#changed.has(name) ? this.#changed.get(name) : value;
  }

  async claim(tp: TopicPartition, nonce = 'a'): Promise<void> {
    const { epoch } = this.#judge(tp).resume;
    await this.append(tp, this.#envelope(tp).encodeClaim({ epoch: epoch + 1, nonce: nonce.repeat(32), node: 'one', address: '' }, 0));
  }

  /** A valid event that happened at a time. */
  async event(tp: TopicPartition, timeMs: number, data: string | number = timeMs): Promise<void> {
    const { epoch, sequence, head } = this.#judge(tp).resume;
    await this.append(tp, this.#envelope(tp).encodeEvent({ type: 'test.Happened.v1', subject: 'x', data }, epoch, sequence + 1, head, timeMs));
  }

  async append(tp: TopicPartition, value: Uint8Array): Promise<void> {
    const [outcome] = await this.openAppender().append([{ ...tp, records: [{ key: Buffer.from('x'), value }] }], 1_000);
    if (outcome?.kind !== 'acknowledged') throw new Error('not appended');
    this.#judge(tp).judge({ offset: outcome.baseOffset, timestampMs: 0, key: null, value });
  }

  #judge({ topic, partition }: TopicPartition): Judge {
    const name = `${topic}/${partition}`;
    const judge = this.#judges.get(name) ?? new Judge(topic, partition, INITIAL_RESUME_STATE);
    this.#judges.set(name, judge);
    return judge;
  }

  #envelope({ topic, partition }: TopicPartition): Envelope {
    return new Envelope(topic, partition);
  }
}

export function testSigner(keyId = 'test-key'): ArchiveSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { keyId, publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string, sign: (message) => sign(null, message, privateKey) };
}
