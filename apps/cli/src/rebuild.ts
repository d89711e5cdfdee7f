import { ALL_PROJECTIONS, Generations, type ProjectionStatus, type ReadModels } from '#read-models';
import { CliError } from './cli-error.js';
import type { Context } from './context.js';
import { EXIT } from './exit-codes.js';
import { patience } from './patience.js';

const LOOK_MS = 500;
/** Where no line can be drawn over, one is written this often. */
const LINE_MS = 5_000;
const DRAW_MS = 100;
/** After so long without a row it is looked whether a projector is there at all, and then waited no longer. */
const ALONE_MS = 4_000;
const QUIET_MS = 15_000;
/** A projector that is there, on a busy machine, may be quiet for longer: after so long it is waited no more. */
const STUCK_MS = 120_000;
/** A table with this share of the records is as good as full. */
const FULL = 0.99;
/** The database may be away for so long. */
const AWAY_MS = 60_000;
const BAR = 30;

/** Asks the running projector for a new table, and watches until it is the one that is shown. Resolves to the exit code. */
export async function rebuildAndWatch(context: Context, name: string, readModels: ReadModels, status: () => Promise<readonly ProjectionStatus[]>): Promise<number> {
  const projection = ALL_PROJECTIONS.find((one) => one.name === name);
  if (projection === undefined) {
    const own = (await new Generations(readModels).list()).filter((one) => one.own !== undefined).map((one) => one.projection);
    throw new CliError(`there is no projection ${JSON.stringify(name)}: expected one of ${[...ALL_PROJECTIONS.map((one) => one.name), ...new Set(own)].join(', ')}`);
  }
  const { id, table } = await new Generations(readModels).build(projection, true);
  const startedMs = performance.now();
  let movedAtMs = startedMs;
  let last = 0;
  let fullAtMs: number | undefined;
  let isTold = false;
  const draw = progressBar(context);
  const patient = patience(context, AWAY_MS);
  for (;;) {
    const quietMs = performance.now() - movedAtMs;
    const seen = await patient(async () => ({ now: (await status()).find(({ generation }) => generation.id === id), alone: quietMs > ALONE_MS && !(await isProjectorThere(readModels)) }));
    if (context.terminal.signal.aborted) return EXIT.ok;
    if (seen === undefined) {
      movedAtMs = performance.now();
      continue;
    }
    const { now, alone } = seen;
    if (now === undefined) throw new CliError(`the rebuild of ${name} was given up: another one has been asked for since`, { code: 'ABORTED', exitCode: EXIT.error });
    const seconds = (performance.now() - startedMs) / 1000;
    const { stopped, state, topic } = now.generation;
    if (stopped !== undefined) {
      const { partition, offset, reason } = stopped;
      const shown = state === 'live' ? `the view shows the new table, as far as it came` : 'the view shows the table of before';
      throw new CliError(`the rebuild of ${name} has stopped at ${topic}, partition ${partition}, offset ${offset}: ${reason}; ${shown}`, { code: 'DATA_LOSS', exitCode: EXIT.error });
    }
    if (state === 'live') {
      draw({ name, done: now.records, of: now.records, from: 0, seconds }, true);
      context.print({ projection: name, table, records: now.records, seconds }, () => `docket.${name} now shows ${table}: ${now.records} records in ${seconds.toFixed(1)} s`);
      return EXIT.ok;
    }
    if (now.records > last) movedAtMs = performance.now();
    last = now.records;
    draw({ name, done: now.records, of: now.end, from: 0, seconds }, false);
    if (alone) throw unattended(name, 'no projector is running on this database: start Docket (npm start) or the projector');
    const quiet = `the projector that is connected has written no row of it for ${Math.floor(quietMs / 1000)} s, at ${now.records} of ${now.end} records of ${topic}; its log says why`;
    // What is decided meanwhile is a little ahead at any time.
    fullAtMs = now.records >= now.end * FULL ? fullAtMs ?? performance.now() : undefined;
    const isFull = fullAtMs !== undefined && performance.now() - fullAtMs > QUIET_MS;
    if ((quietMs > QUIET_MS || isFull) && !isTold) {
      isTold = true;
      context.note(!isFull ? quiet : `the new table is full: it is shown once its indexes are made, and nobody reads docket.${name} in a transaction that does not end`);
    }
    if (quietMs > STUCK_MS && now.records < now.end) throw unattended(name, quiet);
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const unattended = (name: string, why: string): CliError => new CliError(`the rebuild of ${name} does not move: ${why}. It is asked for, and goes on by itself`, { code: 'UNAVAILABLE', exitCode: EXIT.unavailable });

/** Whether a projector is connected to this database. */
async function isProjectorThere(readModels: ReadModels): Promise<boolean> {
  const found = await readModels.source.query<unknown[]>(`SELECT FROM pg_stat_activity WHERE application_name = 'docket projector' AND datname = current_database()`);
  return found.length > 0;
}

/** How far something has come. */
export interface Drawn {
  readonly name: string;
  /** Records done with, of so many; the first `from` of them were before it began now. */
  readonly done: number;
  readonly of: number;
  readonly from: number;
  readonly seconds: number;
}

/** One line that is drawn over, on a terminal; elsewhere a line now and then. Nothing with --json. */
export function progressBar({ json, terminal }: Context): (drawn: Drawn, isLast: boolean) => void {
  const isTerminal = (terminal.stderr as { isTTY?: boolean }).isTTY === true;
  let nextMs = 0;
  let ended = false;
  return (drawn, isLast) => {
    if (json || ended || (!isLast && performance.now() < nextMs)) return;
    ended = isLast;
    nextMs = performance.now() + (isTerminal ? DRAW_MS : LINE_MS);
    terminal.stderr.write(isTerminal ? `\r${bar(drawn)}\u001b[K${isLast ? '\n' : ''}` : `${bar(drawn)}\n`);
  };
}

/** `decisions [#####-----]  52 %  21,000 records/s, 3 s left` */
function bar({ name, done, of, from, seconds }: Drawn): string {
  const share = of === 0 ? 1 : Math.min(1, done / of);
  const rate = seconds > 0 ? (done - from) / seconds : 0;
  const left = rate > 0 ? `, ${Math.ceil(Math.max(0, of - done) / rate)} s left` : '';
  const filled = Math.round(share * BAR);
  return `${name} [${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %  ${Math.round(rate).toLocaleString('en')} records/s${left}`;
}
