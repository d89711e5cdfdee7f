import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { decisionMachine } from '#decision';
import { DocketError } from '#errors';
import type { ResumeState } from '#ledger';
import { decodeRegistryEvent } from '#registry';
import { ALL_PROJECTIONS } from '../catalogue.js';
import { Generations } from '../generations.js';
import type { OwnGeneration } from '../generation.row.js';
import { lostPlaceOrEnd } from '../lost-place.js';
import { pause } from '../pause.js';
import type { LogReader } from '../projection.js';
import { Pump, type PumpEnd } from '../pump.js';
import { isAboutValues, type ReadModels } from '../read-models.js';
import { Author, AuthorFault } from './author.js';
import { identityOf, readDeclaration, refused, type Declared } from './declared.js';
import { OwnWriter, type Range } from './own-writer.js';
import { beginOwn, indexOwn, showOwn, type OwnBuild } from './own-tables.js';
import { startPositions } from './start-positions.js';

const DECISIONS = 'docket.decisions';
const BATCH_RECORDS = 500;
/** Batches shrink by this until the event that the database refuses is alone. */
const SHRINK = 8;
const RETRY_MS = 1_000;
/** Readers of what is shown must not wait behind each attempt to change it. */
const SHOW_AGAIN_MS = 3_000;
/** Trouble with the database or the log is put up with for so long. */
const TROUBLE_MAX_MS = 60_000;
const FILE_BYTES_MAX = 4 * 1024 * 1024;
/** It is not the file that is wrong. */
const LOG_ADVICE = 'run it again when the log is whole again, or with --rebuild to make the rows of the log as it is';

export interface RunOptions {
  readonly readModels: ReadModels;
  readonly log: LogReader;
  /** How many partitions each topic has. */
  readonly partitions: Readonly<Record<string, number>>;
  /** Absolute, and as the user wrote it. */
  readonly file: string;
  readonly shownFile: string;
  readonly range: Range;
  /** For people: ` as of …`, or ''. */
  readonly rangeText: string;
  readonly timeLimitMs: number;
  /** Builds anew, even if there is one to go on with. */
  readonly fresh: boolean;
  /** Goes on at the log's end until `signal` aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
  /** Records of the log that are done with, of all that there were at the start. */
  readonly onProgress: (records: number, of: number) => void;
  readonly onShown: (own: OwnGeneration) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Something that its user should know. */
  readonly onNote: (text: string) => void;
}

export interface Ran {
  readonly declared: Declared;
  readonly own: OwnGeneration;
  /** false: it was stopped on the way, and goes on there next time. */
  readonly isComplete: boolean;
  /** Read now. */
  readonly records: number;
}

interface Topic {
  readonly topic: string;
  readonly generation: number;
  positions: ResumeState[];
  until: number[];
}

/**
 * Runs one of people's own projections to where the log ends now, and then shows it. Rejects with DocketError:
 * invalid_argument for the file, failed_precondition / PROJECTION_STOPPED at an event that it cannot get past, unavailable.
 */
export async function runProjection(options: RunOptions): Promise<Ran> {
  const source = await readFile(options.file).catch((error: NodeJS.ErrnoException) => {
    throw refused(options.shownFile, error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code ?? error.message})`);
  });
  if (source.length > FILE_BYTES_MAX) throw refused(options.shownFile, `it has ${source.length} bytes, expected at most ${FILE_BYTES_MAX}`);
  const author = new Author({ ...options, file: pathToFileURL(options.file).href });
  try {
    const declared = readDeclaration(options.shownFile, await author.load(), ALL_PROJECTIONS.map(({ name }) => name));
    return await new Run(options, author, declared, identityOf(declared, source, options.range)).run();
  } finally {
    await author.stop();
  }
}

class Run {
  #records = 0;
  #troubleSinceMs: number | undefined;

  constructor(private readonly options: RunOptions, private readonly author: Author, private readonly declared: Declared, private readonly identity: string) {}

  async run(): Promise<Ran> {
    const { readModels, log, partitions, file, range, rangeText, fresh, follow, signal, onShown } = this.options;
    let build = await beginOwn(readModels, this.declared, { file, identity: this.identity, range: rangeText, ...range }, fresh);
    const topics: Topic[] = [];
    for (const [topic, generation] of build.generations) {
      const count = partitions[topic]!;
      const until = await Promise.all(Array.from({ length: count }, (_, partition) => log.endOffset({ topic, partition })));
      await this.#skipEarlier(topic, generation, count);
      topics.push({ topic, generation, positions: await readModels.checkpoints(generation, count), until });
    }
    for (const topic of topics) await this.#checkPlaces(topic);
    this.#report(topics);
    for (const topic of topics) await this.#follow(build, topic, topics, topic.until);
    const isComplete = !signal.aborted && (build.state === 'live' || await this.#show(build));
    if (isComplete && build.state === 'building') {
      build = { ...build, state: 'live' };
      await new Generations(readModels).dropRetired();
      onShown(build.own);
    }
    if (isComplete && follow) await Promise.all(topics.map((topic) => this.#follow(build, topic, topics, undefined)));
    return { declared: this.declared, own: build.own, isComplete, records: this.#records };
  }

  /** Resolves to false once the signal aborts. */
  async #show(build: OwnBuild): Promise<boolean> {
    const { readModels, signal, onNote } = this.options;
    let isTold = false;
    while (!signal.aborted) {
      try {
        await indexOwn(readModels, this.declared, build);
        if (await showOwn(readModels, this.declared, build)) return true;
        this.#troubleSinceMs = undefined;
      } catch (error) {
        if (isAboutValues(error)) throw new DocketError('failed_precondition', { reason: 'PROJECTION_NOT_SHOWN', message: `all rows of ${this.declared.name} are written, and cannot be shown: ${(error as Error).message}; mend the file and run it again`, cause: error });
        await this.#bear(error);
        continue;
      }
      if (!isTold) onNote(`somebody reads ${build.own.schema} in a transaction that has not ended: what was built is shown once it has`);
      isTold = true;
      await pause(SHOW_AGAIN_MS, signal);
    }
    return false;
  }

  /** Waits a moment after something that may pass; rejects with what does not. */
  async #bear(error: unknown): Promise<void> {
    if (error instanceof DocketError && error.kind !== 'unavailable') throw error;
    this.#troubleSinceMs ??= performance.now();
    if (performance.now() - this.#troubleSinceMs > TROUBLE_MAX_MS) throw goneFor(error);
    this.options.onTrouble(error);
    await pause(RETRY_MS, this.options.signal);
  }

  /** What was decided before `--from` makes no row: a new table begins behind it. The registry is short, and read whole. */
  async #skipEarlier(topic: string, generation: number, partitions: number): Promise<void> {
    const { readModels, log, range: { fromMs }, onNote } = this.options;
    if (fromMs === null || topic !== DECISIONS) return;
    try {
      const starts = await startPositions(readModels, log, partitions, fromMs);
      await readModels.startAt(generation, starts);
    } catch (error) {
      onNote(`docket.decisions does not tell where ${new Date(fromMs).toISOString()} is in the log (${error instanceof Error ? error.message : String(error)}): it is read from its beginning`);
    }
  }

  /** Where there is nothing more to read, nobody would notice that the log is not what it was. */
  async #checkPlaces(topic: Topic): Promise<void> {
    const { log, signal } = this.options;
    const found = await Promise.all(topic.positions.map(async (position, partition) => ({ partition, offset: position.offset, reason: await lostPlaceOrEnd(log, { topic: topic.topic, partition }, position, signal) })));
    const lost = found.find(({ reason }) => reason !== undefined);
    if (lost !== undefined) await this.#stop(topic, lost.partition, lost.offset, lost.reason!, LOG_ADVICE);
  }

  /** One topic, to `until` or for ever. */
  async #follow(build: OwnBuild, topic: Topic, topics: readonly Topic[], until: readonly number[] | undefined): Promise<void> {
    const { signal, readModels } = this.options;
    let maxRecords = BATCH_RECORDS;
    while (!signal.aborted) {
      let end: PumpEnd;
      try {
        topic.positions = await readModels.checkpoints(topic.generation, topic.positions.length);
        end = await this.#pump(build, topic, topics, maxRecords).run(signal, until);
      } catch (error) {
        await this.#bear(error);
        continue;
      }
      if (end.kind === 'done') return;
      if (end.kind === 'unapplicable') {
        const { cause } = end.error;
        if (cause instanceof AuthorFault) await this.#stopAtFault(build, topic, topics, cause);
        else if (end.at !== undefined) await this.#stop(topic, end.at.partition, end.at.offset, end.at.reason);
        else maxRecords = Math.max(1, Math.floor(maxRecords / SHRINK));
      } else if (end.kind === 'superseded') {
        await this.#checkStillOurs(topic);
        await pause(RETRY_MS, signal);
      } else if (end.kind === 'unreadable') await this.#stop(topic, end.partition, end.offset, end.reason, LOG_ADVICE);
    }
  }

  #pump({ own }: OwnBuild, topic: Topic, topics: readonly Topic[], maxRecords: number): Pump<{ readonly type: string }> {
    const { readModels, log, range } = this.options;
    return new Pump<{ readonly type: string }>({
      readModels, log, topic: topic.topic, ...(topic.topic !== DECISIONS ? { decode: decodeRegistryEvent } : { decode, decodePlain }), maxRecords, untilMs: range.toMs ?? undefined,
      members: [{ generation: topic.generation, writer: new OwnWriter(this.author, this.declared, own.tables, range) }], positions: [...topic.positions],
      onCommitted: (batches) => {
        this.#troubleSinceMs = undefined;
        for (const { partition, from, to } of batches) {
          topic.positions[partition] = to;
          this.#records += to.offset - from.offset;
        }
        this.#report(topics);
      },
    });
  }

  /** Everything before the event is written; then the projection stands at it. */
  async #stopAtFault(build: OwnBuild, topic: Topic, topics: readonly Topic[], { partition, offset, message }: AuthorFault): Promise<void> {
    topic.positions = await this.options.readModels.checkpoints(topic.generation, topic.positions.length);
    const until = topic.positions.map((position, index) => (index === partition ? offset : position.offset));
    const end = await this.#pump(build, topic, topics, BATCH_RECORDS).run(this.options.signal, until);
    // Not the same twice: it depends on something else than the events. Where it stands it is told, from there it goes on next time.
    if (end.kind !== 'done') return this.#stop(topic, partition, topic.positions[partition]!.offset, message);
    await this.#stop(topic, partition, offset, message);
  }

  async #stop({ topic, generation }: Topic, partition: number, offset: number, reason: string, advice = 'mend the file and run it again'): Promise<never> {
    await new Generations(this.options.readModels).stop(generation, partition, offset, reason);
    throw new DocketError('failed_precondition', { reason: 'PROJECTION_STOPPED', message: `${this.declared.name} has stopped at ${topic}/${partition}, offset ${offset}: ${reason}. Everything before it is in the rows, nothing of it is; ${advice}` });
  }

  async #checkStillOurs({ generation }: Topic): Promise<void> {
    if ((await new Generations(this.options.readModels).list()).some(({ id }) => id === generation)) return;
    throw new DocketError('failed_precondition', { reason: 'PROJECTION_REPLACED', message: `another run of ${this.declared.name} has begun anew, or it was removed: this one has ended` });
  }

  #report(topics: readonly Topic[]): void {
    const { toMs } = this.options.range;
    // What comes after `--to` is done with by not being read.
    const doneIn = ({ offset, timeMs }: ResumeState, end: number): number => (toMs !== null && timeMs >= toMs ? end : Math.min(offset, end));
    const done = topics.reduce((sum, { positions, until }) => sum + positions.reduce((all, position, index) => all + doneIn(position, until[index] ?? 0), 0), 0);
    this.options.onProgress(done, topics.reduce((sum, { until }) => sum + until.reduce((all, end) => all + end, 0), 0));
  }
}

const { decode, decodePlain } = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);

function goneFor(error: unknown): DocketError {
  return new DocketError('unavailable', { reason: 'PROJECTION_TROUBLE', message: `the database or the log was away for ${TROUBLE_MAX_MS / 1000} s (${error instanceof Error ? error.message : String(error)}); run it again: it goes on where it was` });
}
