import { DocketError } from '#errors';
import { outOfLog, type EventLog, type LogRecord, type ReadOptions, type TopicPartition } from '#ledger';
import type { Archive } from './archive.js';
import type { LogReader } from './archived-log.js';

/** What is wrong beside the chain: an archive and the live log say two things, or a file is not the one that was written. */
export interface Difference {
  readonly kind: 'changed' | 'missing' | 'cut' | 'file';
  readonly offset: number;
  /** The last offset that it may be at. */
  readonly throughOffset?: number;
  readonly what: string;
}

/** Where records were read from. */
export interface ReadFrom {
  readonly archive: number;
  readonly live: number;
  /** Of those from the archive: also found in the live log, and compared byte for byte. */
  readonly compared: number;
}

interface Place {
  /** From here on the live log has records, as far as that is known. */
  liveFrom: number;
  /** Up to here was counted: some records are read again. */
  countedTo: number;
  archive: number;
  live: number;
  compared: number;
  difference: Difference | undefined;
}

/**
 * A log for who looks for what is wrong with it: archives in place of the live log's beginning, as `withArchive` reads them,
 * but what the live log still holds of that is read as well and compared, and files that are not whole are read as they are.
 * What it finds is no error, but told by `differences`.
 */
export class ComparedLog implements LogReader {
  readonly #live: EventLog | undefined;
  readonly #open: () => Promise<Archive | undefined>;
  #archive: Promise<Archive | undefined> | undefined;
  readonly #places = new Map<string, Place>();

  /** `open`: the archives that are there; called again when the live log has less than it had, since somebody may have archived meanwhile. */
  constructor(live: EventLog | undefined, open: () => Promise<Archive | undefined>) {
    this.#live = live;
    this.#open = open;
  }

  /** Rejects as `openArchive` does. */
  archive(): Promise<Archive | undefined> {
    return (this.#archive ??= this.#open());
  }

  async read(tp: TopicPartition, fromOffset: number, options: ReadOptions = {}): Promise<LogRecord[]> {
    try {
      return await this.#read(tp, fromOffset, options);
    } catch (error) {
      if (outOfLog(error) === undefined || !(await this.#reopened(tp, fromOffset))) throw error;
      return this.#read(tp, fromOffset, options);
    }
  }

  async endOffset(tp: TopicPartition): Promise<number> {
    const archived = (await this.archive())?.range(tp)?.endOffset;
    if (this.#live === undefined) return archived ?? fail(new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${tp.topic}/${tp.partition} in these files` }));
    return Math.max(archived ?? 0, await this.#live.endOffset(tp));
  }

  /** What was found in what was read of a partition until now, in the order of offsets. */
  async differences(tp: TopicPartition): Promise<Difference[]> {
    const { difference } = this.#place(tp);
    const damaged = await (await this.archive())?.damagedFiles(tp) ?? [];
    return [
      ...(difference === undefined ? [] : [difference]),
      ...damaged.map(({ offset, throughOffset, problem }): Difference => ({ kind: 'file', offset, ...(throughOffset > offset && { throughOffset }), what: problem.message })),
    ].sort((a, b) => a.offset - b.offset);
  }

  readFrom(tp: TopicPartition): ReadFrom {
    const { archive, live, compared } = this.#place(tp);
    return { archive, live, compared };
  }

  async close(): Promise<void> {
    await (await this.#archive?.catch(() => undefined))?.close();
    await this.#live?.close();
  }

  async #read(tp: TopicPartition, fromOffset: number, options: ReadOptions): Promise<LogRecord[]> {
    const archive = await this.archive();
    const range = archive?.range(tp);
    const place = this.#place(tp);
    if (this.#live !== undefined && (archive === undefined || range === undefined || fromOffset < range.firstOffset || fromOffset >= range.endOffset)) {
      const records = await this.#live.read(tp, fromOffset, options);
      place.live += countNew(place, records);
      return records;
    }
    const records = await archive!.readAsIs(tp, fromOffset, options);
    place.archive += countNew(place, records);
    if (this.#live !== undefined) await this.#compare(this.#live, tp, records, place);
    return records;
  }

  /** Whether there is an archive now of what the live log does not hold any more. */
  async #reopened(tp: TopicPartition, offset: number): Promise<boolean> {
    const before = await this.archive();
    const now = await this.#open();
    const range = now?.range(tp);
    if (now === undefined || range === undefined || offset < range.firstOffset || offset >= range.endOffset) {
      await now?.close();
      return false;
    }
    this.#archive = Promise.resolve(now);
    await before?.close();
    return true;
  }

  async #compare(live: EventLog, tp: TopicPartition, archived: readonly LogRecord[], place: Place): Promise<void> {
    let index = 0;
    const skip = (to: number): void => { while (index < archived.length && archived[index]!.offset < to) index += 1; };
    for (skip(place.liveFrom); index < archived.length && place.difference === undefined; skip(place.liveFrom)) {
      const { offset } = archived[index]!;
      const found = await this.#liveFrom(live, tp, offset, archived.length - index, place);
      for (const { offset: at, value } of found) {
        const one = archived[index];
        if (one === undefined || at !== one.offset || place.difference !== undefined) break;
        if (Buffer.compare(value, one.value) === 0) place.compared += 1;
        else place.difference = { kind: 'changed', offset: at, what: `the live log holds another record there than the archive does (${await this.#pathAt(tp, at)}): one of the two was changed since it was archived` };
        index += 1;
      }
      if (found.length > 0) place.liveFrom = found.at(-1)!.offset + 1;
    }
  }

  /** What the live log holds from an offset on, which the archive has as well; what is missing there is noted. */
  async #liveFrom(live: EventLog, tp: TopicPartition, offset: number, maxRecords: number, place: Place): Promise<LogRecord[]> {
    const note = async (kind: Difference['kind'], what: string, throughOffset = offset): Promise<LogRecord[]> => {
      place.difference = { kind, offset, what: `${what}; the archive holds it (${await this.#pathAt(tp, offset)})`, ...(throughOffset > offset && { throughOffset }) };
      return [];
    };
    const cut = (): Promise<LogRecord[]> => note('cut', 'the live log ends before this record: its end was cut off');
    const lost = (through: number): Promise<LogRecord[]> => note('missing', `the live log has lost ${through > offset ? `the records from offset ${offset} to ${through}` : 'the record there'}`, through);
    try {
      const records = await live.read(tp, offset, { maxRecords });
      if (records[0] === undefined) return await cut();
      return records[0].offset === offset ? records : await lost(records[0].offset - 1);
    } catch (error) {
      const out = outOfLog(error);
      if (out === undefined) throw error;
      const { offset: at, firstOffset = 0, nextOffset } = out;
      if (firstOffset > offset) {
        // Deleted since it is archived: that is what archives are for.
        place.liveFrom = firstOffset;
        return [];
      }
      if (at > offset) return live.read(tp, offset, { maxRecords: at - offset });
      const end = await live.endOffset(tp);
      return offset >= end ? cut() : lost((nextOffset ?? end) - 1);
    }
  }

  async #pathAt(tp: TopicPartition, offset: number): Promise<string> {
    return (await this.archive())?.pathAt(tp, offset) ?? '';
  }

  #place({ topic, partition }: TopicPartition): Place {
    const name = `${topic}/${partition}`;
    let place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, place = { liveFrom: 0, countedTo: 0, archive: 0, live: 0, compared: 0, difference: undefined });
    return place;
  }
}

function countNew(place: Place, records: readonly LogRecord[]): number {
  const from = place.countedTo;
  const isNew = records.filter(({ offset }) => offset >= from).length;
  place.countedTo = Math.max(from, (records.at(-1)?.offset ?? -1) + 1);
  return isNew;
}

function fail(error: Error): never {
  throw error;
}
