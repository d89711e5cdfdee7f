import type { CallDecided, DecisionEvent, EventPosition } from '#decision';
import { DocketError } from '#errors';
import { Envelope, sha256, type EncodedEvent, type LogRecord, type TopicPartition } from '#ledger';
import { RecentBytes } from './recent-bytes.js';
import type { ReplayLog } from './replay-log.js';

export interface Loaded {
  readonly event: DecisionEvent;
  readonly at: EventPosition;
}

/** Most settlements and rounds of a logical call follow their call at once; more of them would be carried along by every collection of garbage. */
const KEPT = 128;
/** Characters of sealed values: larger ones are not kept, since nobody opens them again. */
const SEALED_KEPT_MAX = 1_024;

/** Events of one partition by offset: the newest as they are, some thousands more as the bytes of their records; older ones are read from the log again. */
export class RecentEvents {
  readonly #kept = new Array<Loaded | undefined>(KEPT);
  readonly #bytes = new RecentBytes();
  readonly #envelope: Envelope;

  constructor(private readonly log: Pick<ReplayLog, 'recordAt'>, private readonly tp: TopicPartition, private readonly decode: (encoded: EncodedEvent) => DecisionEvent) {
    this.#envelope = new Envelope(tp.topic, tp.partition);
  }

  add(event: DecisionEvent, at: EventPosition, { value }: LogRecord): void {
    this.#kept[at.offset % KEPT] = { event: event.type === 'CallDecided' && event.arguments.sealed.length > SEALED_KEPT_MAX ? withoutValues(event) : event, at };
    this.#bytes.add(at.offset, value);
  }

  /** An event that the state names, so it was judged valid before. */
  at(offset: number): Loaded | Promise<Loaded> {
    const kept = this.#kept[offset % KEPT];
    if (kept?.at.offset === offset) return kept;
    const value = this.#bytes.at(offset);
    return value === undefined ? this.#read(offset) : this.#parsed(offset, value);
  }

  async #read(offset: number): Promise<Loaded> {
    const record = await this.log.recordAt(this.tp, offset);
    return this.#parsed(offset, record?.offset === offset ? record.value : undefined);
  }

  #parsed(offset: number, value: Uint8Array | undefined): Loaded {
    const { topic, partition } = this.tp;
    const parsed = value && this.#envelope.parse(value);
    if (parsed?.kind !== 'event') {
      throw new DocketError('data_loss', { reason: 'NOT_AN_EVENT', message: `${topic}/${partition} at offset ${offset}: expected the event that was there before` });
    }
    const { epoch, sequence, timeMs, encoded } = parsed;
    return { event: this.decode(encoded), at: { topic, partition, offset, hash: sha256(value!), epoch, sequence, timeMs } };
  }
}

/** Sealed values may be large. */
export function withoutValues(event: CallDecided): CallDecided {
  return { ...event, arguments: { keys: [], hmac: event.arguments.hmac, sealed: '' } };
}
