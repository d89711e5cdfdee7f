import type { CallDecided, DecisionEvent, EventPosition } from '#decision';
import { DocketError } from '#errors';
import { Envelope, sha256, type EncodedEvent, type TopicPartition } from '#ledger';
import type { ReplayLog } from './replay-log.js';

export interface Loaded {
  readonly event: DecisionEvent;
  readonly at: EventPosition;
}

/** Most settlements and rounds of a logical call follow their call at once. */
const KEPT = 4_096;
/** Characters of sealed values: larger ones are not kept, since nobody opens them again. */
const SEALED_KEPT_MAX = 1_024;

/** Events of one partition by offset: the newest ones are kept, older ones are read from the log again. */
export class RecentEvents {
  readonly #kept = new Array<Loaded | undefined>(KEPT);
  readonly #envelope: Envelope;

  constructor(private readonly log: Pick<ReplayLog, 'recordAt'>, private readonly tp: TopicPartition, private readonly decode: (encoded: EncodedEvent) => DecisionEvent) {
    this.#envelope = new Envelope(tp.topic, tp.partition);
  }

  add(event: DecisionEvent, at: EventPosition): void {
    this.#kept[at.offset % KEPT] = { event: event.type === 'CallDecided' && event.arguments.sealed.length > SEALED_KEPT_MAX ? withoutValues(event) : event, at };
  }

  /** An event that the state names, so it was judged valid before. */
  at(offset: number): Loaded | Promise<Loaded> {
    const kept = this.#kept[offset % KEPT];
    return kept?.at.offset === offset ? kept : this.#read(offset);
  }

  async #read(offset: number): Promise<Loaded> {
    const { topic, partition } = this.tp;
    const record = await this.log.recordAt(this.tp, offset);
    const parsed = record?.offset === offset ? this.#envelope.parse(record.value) : undefined;
    if (parsed?.kind !== 'event') {
      throw new DocketError('data_loss', { reason: 'NOT_AN_EVENT', message: `${topic}/${partition} at offset ${offset}: expected the event that was there before` });
    }
    const { epoch, sequence, timeMs, encoded } = parsed;
    return { event: this.decode(encoded), at: { topic, partition, offset, hash: sha256(record!.value), epoch, sequence, timeMs } };
  }
}

/** Sealed values may be large. */
export function withoutValues(event: CallDecided): CallDecided {
  return { ...event, arguments: { keys: [], hmac: event.arguments.hmac, sealed: '' } };
}
