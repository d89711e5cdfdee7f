import { open } from 'node:fs/promises';
import { LogFile } from '#archive';
import { DocketError } from '#errors';
import type { LogRecord, TopicPartition } from '#ledger';
import type { ReplayLog } from './replay-log.js';

const TRAILER_BYTES_MAX = 4_096;

/**
 * Log files as a log. Each is read once, and checked on the way: the reading rejects at its end if the file is not what
 * was written (DocketError data_loss / LOG_FILE_DAMAGED), so what was made of it must not be believed before.
 */
export class LogFiles implements ReplayLog {
  readonly #files = new Map<string, LogFile[]>();
  /** Files that were read to their end, which can be entered anywhere. */
  readonly #entered = new Map<string, Promise<LogFile>>();

  private constructor(files: readonly LogFile[]) {
    for (const file of files.toSorted((a, b) => a.header.firstOffset - b.header.firstOffset)) {
      const name = nameOf(file.header);
      const before = this.#files.get(name);
      if (before === undefined) this.#files.set(name, [file]);
      else before.push(file);
    }
  }

  /** Reads the headers. Rejects with DocketError failed_precondition where a file cannot be read. */
  static async open(paths: readonly string[]): Promise<LogFiles> {
    return new LogFiles(await Promise.all(paths.map((path) => LogFile.open(path))));
  }

  /** What the files hold, in the order of topic and partition. */
  partitions(): TopicPartition[] {
    return [...this.#files.values()].map(([file]) => ({ topic: file!.header.topic, partition: file!.header.partition }))
      .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  }

  /** The files of one partition, in order. */
  pathsOf(tp: TopicPartition): string[] {
    return (this.#files.get(nameOf(tp)) ?? []).map(({ path }) => path);
  }

  async *records(tp: TopicPartition, signal: AbortSignal): AsyncGenerator<readonly LogRecord[]> {
    const files = this.#of(tp);
    const { firstOffset } = files[0]!.header;
    if (firstOffset > 0) {
      throw new DocketError('failed_precondition', { reason: 'LOG_BEGINS_LATER', message: `${files[0]!.path} begins at offset ${firstOffset} of ${nameOf(tp)}; a replay needs the log from its first record: give the files before it as well` });
    }
    for (const file of files) yield* file.read({ signal, isReused: true });
  }

  async recordAt(tp: TopicPartition, offset: number): Promise<LogRecord | undefined> {
    const { path } = this.#of(tp).findLast(({ header }) => header.firstOffset <= offset)!;
    let entered = this.#entered.get(path);
    // Another object than the one that is being read: that one knows the places in the file only when it is at its end.
    if (entered === undefined) this.#entered.set(path, entered = LogFile.open(path).then(async (file) => ({ file, trailer: await file.verify() }).file));
    for await (const records of (await entered).read({ fromOffset: offset })) return records[0];
    return undefined;
  }

  async count(tp: TopicPartition): Promise<number | undefined> {
    let sum = 0;
    for (const { path, compression } of this.#of(tp)) {
      const records = compression === 'none' ? await recordsByTrailer(path) : undefined;
      if (records === undefined) return undefined;
      sum += records;
    }
    return sum;
  }

  #of(tp: TopicPartition): LogFile[] {
    const files = this.#files.get(nameOf(tp));
    if (files === undefined) throw new DocketError('not_found', { reason: 'UNKNOWN_PARTITION', message: `no partition ${nameOf(tp)} in these files` });
    return files;
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** As the last line says, unchecked. */
async function recordsByTrailer(path: string): Promise<number | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(Math.min(size, TRAILER_BYTES_MAX));
    await handle.read(end, 0, end.length, size - end.length);
    const { records } = JSON.parse(end.toString('utf8').trimEnd().split('\n').at(-1)!) as { records?: unknown };
    return typeof records === 'number' ? records : undefined;
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
