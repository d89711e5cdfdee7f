import { DocketError } from '#errors';
import type { DecodePlain, ResumeState, StateMachine } from '#ledger';
import { BATCH_RECORDS, isDataLoss, type Unreadable } from './feed.js';
import { Generations, type Generation } from './generations.js';
import { pause } from './pause.js';
import type { Batch, LogReader, Projection, Writer } from './projection.js';
import { Pump, type PumpEnd } from './pump.js';
import type { ReadModels } from './read-models.js';

const RETRY_MS = 1_000;
/** How soon a rebuild that somebody asked for, or a table that was switched, is noticed. */
const WATCH_MS = 1_000;
/** A view that somebody reads in a long transaction is tried again after so long. */
const SWITCH_AGAIN_MS = 5_000;
/** Batches shrink by this until the event that cannot be applied is alone. */
const SHRINK = 16;

/** What a projection's table holds now. */
export interface Progress {
  readonly generation: Generation;
  /** By partition. */
  readonly positions: readonly ResumeState[];
}

export interface TopicFollowerOptions<E> {
  readonly readModels: ReadModels;
  readonly log: LogReader;
  readonly topic: string;
  readonly partitions: number;
  readonly decode: StateMachine<null, never, E, unknown>['decode'];
  readonly decodePlain?: DecodePlain<E> | undefined;
  readonly projections: readonly Projection<E>[];
  readonly signal: AbortSignal;
  /** Something that may pass, tried again. */
  readonly onTrouble: (error: unknown) => void;
  readonly onStopped: (generation: Generation, at: Unreadable) => void;
  readonly onSwitched: (generation: Generation) => void;
}

interface Group {
  readonly generations: readonly Generation[];
  readonly positions: ResumeState[];
}

/** What a generation's rows were written by, and where its rows stood then. */
interface KeptWriter<E> {
  readonly writer: Writer<E>;
  readonly place: string;
}

/** The same text for the same places in the same log. */
function placeOf(positions: readonly ResumeState[]): string {
  return positions.map(({ offset, head }) => `${offset} ${head}`).join();
}

/**
 * Keeps all projections of one topic up to date. Those that stand at the same place share one reading of the log; one
 * that is behind (new, being rebuilt, resumed) catches up beside them and joins. One that meets an event which it cannot
 * apply stops alone.
 */
export class TopicFollower<E> {
  readonly #options: TopicFollowerOptions<E>;
  readonly #generations: Generations;
  /** Batch size for those that have just failed to apply one. */
  readonly #suspects = new Map<number, number>();
  /** Of pumps that ended well, by generation: some fold what was written before, which takes long in the next pump. */
  readonly #writers = new Map<number, KeptWriter<E>>();
  #groups: readonly Group[] = [];

  constructor(options: TopicFollowerOptions<E>) {
    this.#options = options;
    this.#generations = new Generations(options.readModels);
  }

  /** Everything that is being followed, where it stands. */
  get progress(): Progress[] {
    return this.#groups.flatMap(({ generations, positions }) => generations.map((generation) => ({ generation, positions })));
  }

  /** Until the signal aborts. Where the log itself cannot be read any further, everything that has come so far stops there. */
  async run(): Promise<void> {
    const { signal, onTrouble } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        if (signal.aborted) return;
        onTrouble(error);
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** One arrangement of groups, until it is not the right one any more. */
  async #round(): Promise<void> {
    const { signal } = this.#options;
    const active = await this.#active();
    // What is retired or has stopped is not gone on with: it may have folded a lot.
    for (const id of this.#writers.keys()) if (!active.some((one) => one.id === id)) this.#writers.delete(id);
    const groups = (this.#groups = await this.#group(active));
    const round = new AbortController();
    const end = (): void => round.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      const caughtUp = new Set<Group>();
      const isSettled = groups.length === 1 && active.every(({ state, id }) => state === 'live' && !this.#suspects.has(id));
      const pumps = await Promise.all(groups.map((group) => this.#pump(group, isSettled ? undefined : () => {
        if (caughtUp.add(group).size === groups.length) end();
      })));
      const watching = this.#watch(active, round);
      const ends = await Promise.allSettled(pumps.map((run) => run(round.signal).finally(end)));
      await watching;
      const failed = ends.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      for (const [index, one] of ends.entries()) await this.#settle(groups[index]!, (one as PromiseFulfilledResult<PumpEnd>).value);
      if (!signal.aborted && !isSettled && caughtUp.size === groups.length) await this.#join(groups);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  async #active(): Promise<Generation[]> {
    const { topic, projections } = this.#options;
    return (await this.#generations.list()).filter((one) =>
      one.topic === topic && one.stopped === undefined && projections.some(({ name, version }) => name === one.projection && version === one.version));
  }

  async #group(active: readonly Generation[]): Promise<Group[]> {
    const { readModels, partitions } = this.#options;
    const groups = new Map<string, { generations: Generation[]; positions: ResumeState[] }>();
    for (const generation of active) {
      const positions = await readModels.checkpoints(generation.id, partitions);
      const key = JSON.stringify([this.#suspects.has(generation.id) ? generation.id : 0, positions]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { generations: [generation], positions });
      else group.generations.push(generation);
    }
    return [...groups.values()];
  }

  /** What runs a pump with writers for where the group stands. */
  async #pump({ generations, positions }: Group, onCaughtUp?: () => void): Promise<Pump<E>['run']> {
    const { readModels, log, topic, decode, decodePlain } = this.#options;
    const members = await Promise.all(generations.map(async (generation) => ({ generation: generation.id, writer: await this.#open(generation, positions) })));
    const pump = new Pump<E>({
      readModels, log, topic, decode, decodePlain, members, positions: [...positions], onCaughtUp,
      maxRecords: Math.min(...generations.map(({ id }) => this.#suspects.get(id) ?? BATCH_RECORDS)),
      onCommitted: (batches: readonly Batch<E>[]) => batches.forEach(({ partition, to }) => (positions[partition] = to)),
    });
    return async (signal, until) => {
      const end = await pump.run(signal, until);
      if (end.kind === 'done') for (const { generation, writer } of members) this.#writers.set(generation, { writer, place: placeOf(positions) });
      return end;
    };
  }

  /** The writer that has brought the rows to where they stand, or one that is made for there. */
  async #open(generation: Generation, positions: readonly ResumeState[]): Promise<Writer<E>> {
    const { readModels, log, projections } = this.#options;
    const kept = this.#writers.get(generation.id);
    // It is whole only until the next pump ends as it should.
    this.#writers.delete(generation.id);
    if (kept?.place === placeOf(positions)) return kept.writer;
    try {
      return await projections.find(({ name }) => name === generation.projection)!.open({ table: generation.table, generation: generation.id, positions: [...positions], readModels, log });
    } catch (error) {
      // What was projected is not in the log any more: the others go on without it, in the next round.
      if (isDataLoss(error)) await this.#stop(generation, { partition: Number(error.metadata['partition'] ?? 0), offset: Number(error.metadata['offset'] ?? 0), reason: error.message });
      throw error;
    }
  }

  /** Ends the round when the tables are not what they were: a rebuild was asked for, another process has switched one. */
  async #watch(active: readonly Generation[], round: AbortController): Promise<void> {
    const keyOf = (generations: readonly Generation[]): string => generations.map(({ id, state }) => `${id} ${state}`).join();
    const known = keyOf(active);
    while (!round.signal.aborted) {
      await pause(WATCH_MS, round.signal);
      // A database that is away is the pumps' to report.
      const now = round.signal.aborted ? active : await this.#active().catch(() => active);
      if (keyOf(now) !== known) round.abort();
    }
  }

  async #settle(group: Group, end: PumpEnd): Promise<void> {
    if (end.kind === 'superseded') await pause(RETRY_MS, this.#options.signal);
    if (end.kind === 'unreadable') for (const generation of group.generations) await this.#stop(generation, end);
    if (end.kind !== 'unapplicable') return;
    const generation = group.generations.find(({ id }) => id === end.error.generation)!;
    if (end.at !== undefined) await this.#stop(generation, end.at);
    else this.#suspects.set(generation.id, Math.max(1, Math.floor((this.#suspects.get(generation.id) ?? BATCH_RECORDS) / SHRINK)));
  }

  async #stop(generation: Generation, at: Unreadable): Promise<void> {
    await this.#generations.stop(generation.id, at.partition, at.offset, at.reason);
    this.#suspects.delete(generation.id);
    this.#options.onStopped(generation, at);
  }

  /** Makes the indexes of tables that are full now, while the others go on. Resolves to whether there were any. */
  async #index(groups: readonly Group[]): Promise<boolean> {
    const waits = ({ indexed }: Generation): boolean => !indexed;
    const full = groups.flatMap(({ generations }) => generations).filter(waits);
    if (full.length === 0) return false;
    const done = new AbortController();
    const work = (async () => {
      for (const one of full) await this.#generations.index(this.#options.projections.find(({ name }) => name === one.projection)!, one);
    })().finally(() => done.abort());
    const signal = AbortSignal.any([this.#options.signal, done.signal]);
    const others = groups.filter(({ generations }) => !generations.some(waits));
    await Promise.all([work, this.#goOn(others, signal)]);
    return true;
  }

  /** If the log itself ends before what is shown has read, and that has stopped, nothing will ever bring this one there. */
  async #stopBehind(building: Generation): Promise<void> {
    const { readModels, log, topic, partitions } = this.#options;
    const live = (await this.#generations.list()).find(({ projection, state }) => projection === building.projection && state === 'live');
    if (live?.stopped === undefined) return;
    for (const [partition, { offset }] of (await readModels.checkpoints(live.id, partitions)).entries()) {
      const end = await log.endOffset({ topic, partition });
      if (offset <= end) continue;
      return this.#stop(building, { partition, offset: end, reason: `${topic}/${partition} ends at offset ${end}, and ${offset} records of it were read before: records of the log are gone` });
    }
  }

  /** Nothing but following. */
  async #goOn(groups: readonly Group[], signal: AbortSignal): Promise<void> {
    await Promise.all(groups.map(async (group) => this.#settle(group, await (await this.#pump(group))(signal))));
  }

  /** All groups have been at the end of the log: brings them to the same place, and shows what was built. */
  async #join(groups: readonly Group[]): Promise<void> {
    const { partitions, projections, signal } = this.#options;
    if (await this.#index(groups)) return;
    const until = Array.from({ length: partitions }, (_, partition) => Math.max(...groups.map(({ positions }) => positions[partition]!.offset)));
    for (const group of groups) {
      const end = await (await this.#pump(group))(signal, until);
      if (end.kind !== 'done' || signal.aborted) return this.#settle(group, end);
    }
    this.#suspects.clear();
    for (const generation of groups.flatMap(({ generations }) => generations).filter(({ state }) => state === 'building')) {
      const projection = projections.find(({ name }) => name === generation.projection)!;
      const outcome = await this.#generations.switchTo(projection, generation);
      if (outcome === 'shown') this.#options.onSwitched(generation);
      if (outcome === 'behind') await this.#stopBehind(generation);
      if (outcome !== 'in use') continue;
      const message = `docket.${generation.projection} is read in a transaction that has not ended: the rebuilt table is shown once it has`;
      this.#options.onTrouble(new DocketError('unavailable', { reason: 'VIEW_IN_USE', message }));
      return this.#goOn(groups, AbortSignal.any([signal, AbortSignal.timeout(SWITCH_AGAIN_MS)]));
    }
    await this.#generations.dropRetired();
  }
}
