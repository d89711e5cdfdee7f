import type { EventPosition } from '#decision';
import { DocketError } from '#errors';
import { Judge, type ChainBreak, type DecodePlain, type EncodedEvent, type Judged, type LogRecord, type TopicPartition } from '#ledger';

/** What a record counts for; a valid event that was read the short way is there already. */
export type JudgedRecord<E> = Judged | { readonly kind: 'event'; readonly event: E; readonly at: EventPosition };

/** How a state machine's events are read. */
export interface EventCodec<E> {
  readonly decode: (encoded: EncodedEvent) => E;
  readonly decodePlain?: DecodePlain<E>;
}

/**
 * The records of one partition, in order from its first, as the judge of every reader has them: nearly all are written
 * just as our own encoder writes them, and are judged and decoded at once (`Judge.judgePlain`).
 */
export class JudgedRecords<E> {
  readonly #judge: Judge;
  readonly #codec: EventCodec<E>;

  constructor({ topic, partition }: TopicPartition, codec: EventCodec<E>) {
    this.#judge = new Judge(topic, partition);
    this.#codec = codec;
  }

  /** Where the chain is broken, as far as it was read. */
  get chainBreak(): ChainBreak | undefined {
    return this.#judge.chainBreak;
  }

  next(record: LogRecord): JudgedRecord<E> {
    const { decodePlain } = this.#codec;
    return (decodePlain && this.#judge.judgePlain(record, decodePlain)) ?? this.#judge.judge(record);
  }

  /** The event of a valid record, which is never passed over: DocketError data_loss / UNREADABLE_EVENT where it cannot be read. */
  eventOf(found: Extract<JudgedRecord<E>, { readonly kind: 'event' }>): E {
    if ('event' in found) return found.event;
    const { encoded, at } = found;
    try {
      return this.#codec.decode(encoded);
    } catch (cause) {
      throw new DocketError('data_loss', { reason: 'UNREADABLE_EVENT', message: `${at.topic}/${at.partition} at offset ${at.offset}: a valid event of type ${encoded.type} cannot be read`, cause });
    }
  }
}
