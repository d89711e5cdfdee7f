import { alignedTable, rowsOf, tableOf, type Row, type Series } from '../measure/report.js';
import { runJob, type Measurement } from '../measure/run-job.js';
import type { BenchOptions } from '../options.js';
import { allPeers } from './index.js';
import { PeerMissing, type Lane, type Peer } from './peer.js';

interface Run {
  readonly peer: Peer;
  readonly lane: Lane;
  readonly concurrency: number;
  readonly rounds: Measurement[];
  readonly warmUps: Measurement[];
}

/** What a server was seen to have answered and what it has kept of that, in all rounds and in the one that ended with kill -9. */
interface Keeping {
  readonly peer: string;
  readonly answers: number;
  readonly kept: number;
  readonly answersBeforeKill?: number;
  readonly keptAfterKill?: number;
}

export interface PeersResult {
  readonly rows: readonly Row[];
  readonly series: readonly Series[];
  readonly keeping: readonly Keeping[];
  /** What must not be begins with WRONG. */
  readonly findings: readonly string[];
}

type Say = (line: string) => void;

const CRASH_CONCURRENCY = 256;
const CRASH_LOAD_MS = 60_000;

/**
 * The same load on every server, one after another, in interleaved rounds, so that a slow minute of the machine hits all of them alike;
 * then each that keeps anything is killed under load and what it has kept is counted. Prints the tables.
 */
export async function benchPeers(options: BenchOptions, say: Say): Promise<PeersResult> {
  const started = await startPeers(options, say);
  try {
    const runs: Run[] = started.flatMap(({ peer, lanes }) =>
      lanes.filter((lane) => options.modes.includes(lane.mode)).flatMap((lane) =>
        options.concurrency.filter((concurrency) => concurrency >= (lane.concurrencyMin ?? 1))
          .map((concurrency) => ({ peer, lane, concurrency, rounds: [], warmUps: [] }))));
    runs.sort((a, b) => a.lane.mode.localeCompare(b.lane.mode) * -1 || a.concurrency - b.concurrency);
    await warmUp(runs, options, say);
    await measure(runs, options, say);
    const findings: string[] = [];
    const keeping: Keeping[] = [];
    for (const { peer, lanes } of started) {
      const kept = await keepingOf(peer, lanes, runs.filter((run) => run.peer === peer && run.lane.mode !== 'append'), findings, options, say);
      if (kept) keeping.push(kept);
    }
    const series: Series[] = runs.map(({ lane, concurrency, rounds }) => ({ peer: lane.peer, mode: lane.mode, concurrency, rounds, ...(lane.note ? { note: lane.note } : {}) }));
    const rows = rowsOf(series);
    say(`\n${tableOf(rows)}\n`);
    if (keeping.length > 0) say(`${keepingTable(keeping)}\n`);
    for (const line of [...new Set(series.flatMap(({ peer, note }) => (note ? [`${peer}: ${note}`] : []))), ...findings]) say(line);
    return { rows, series, keeping, findings };
  } finally {
    for (const { peer } of started.reverse()) await peer.stop().catch((error: unknown) => say(`stopping ${peer.name}: ${String(error)}`));
  }
}

async function startPeers({ only }: BenchOptions, say: Say): Promise<{ peer: Peer; lanes: readonly Lane[] }[]> {
  const started: { peer: Peer; lanes: readonly Lane[] }[] = [];
  for (const peer of allPeers().filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)))) {
    try {
      started.push({ peer, lanes: await peer.start() });
      say(`started  ${peer.name}`);
    } catch (error) {
      await peer.stop().catch(() => {});
      if (!(error instanceof PeerMissing)) say(String(error));
      say(`skipped  ${peer.name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return started;
}

/** Compilers need some ten thousand calls before a server is what it will be; these count for the log's check only. */
async function warmUp(runs: readonly Run[], options: BenchOptions, say: Say): Promise<void> {
  const first = new Map(runs.map((run) => [`${run.lane.peer} ${run.lane.mode}`, run]));
  for (const run of first.values()) {
    run.warmUps.push(await runJob(run.lane, Math.max(64, run.lane.concurrencyMin ?? 1), { warmupMs: 0, durationMs: options.warmupServerMs }));
    say(`warmed   ${run.lane.mode.padEnd(6)} ${run.lane.peer}`);
  }
}

async function measure(runs: readonly Run[], options: BenchOptions, say: Say): Promise<void> {
  for (let round = 0; round < options.rounds; round++) {
    // A different server goes first each time.
    const order = runs.map((_, index) => runs[(index + round) % runs.length] as Run);
    for (const run of order) {
      const measurement = await runJob(run.lane, run.concurrency, options);
      run.rounds.push(measurement);
      const rate = Math.round((measurement.decisions / measurement.elapsedMs) * 1000);
      say(`round ${round + 1}  ${run.lane.mode.padEnd(6)} ${String(run.concurrency).padStart(4)}  ${run.lane.peer.padEnd(28)} ${rate}/s`);
      for (const [error, count] of Object.entries(measurement.errors)) say(`  ${count} × ${error}`);
    }
  }
}

async function keepingOf(peer: Peer, lanes: readonly Lane[], runs: readonly Run[], findings: string[], options: BenchOptions, say: Say): Promise<Keeping | undefined> {
  const measurements = runs.flatMap((run) => [...run.warmUps, ...run.rounds]);
  const sum = (read: (round: Measurement) => number) => measurements.reduce((total, round) => total + read(round), 0);
  const answered = { allowed: sum((round) => round.allowed), otherVerdicts: sum((round) => round.otherVerdicts) };
  if (measurements.length === 0) return undefined;
  const answers = answered.allowed + answered.otherVerdicts;
  const sent = sum((round) => round.sent);
  if (sent > answers) findings.push(`${peer.name}: ${sent - answers} of ${sent} calls were not answered`);
  const before = await peer.count?.(answered);
  if (!before) return undefined;
  findings.push(...before.findings);
  const lane = lanes.find(({ mode }) => mode === 'unary');
  if (!options.kill || !peer.kill || !peer.restart || !lane) return { peer: peer.name, answers, kept: before.decisions };
  say(`kill -9  ${peer.name}`);
  const loading = runJob(lane, CRASH_CONCURRENCY, { warmupMs: 0, durationMs: CRASH_LOAD_MS });
  await new Promise((resolve) => setTimeout(resolve, options.durationMs));
  await peer.kill();
  const last = await loading;
  await peer.restart();
  const after = await peer.count?.({ allowed: answered.allowed + last.allowed, otherVerdicts: answered.otherVerdicts + last.otherVerdicts });
  findings.push(...after!.findings.filter((line) => line.startsWith('WRONG')).map((line) => `${line} (after kill -9)`));
  return { peer: peer.name, answers, kept: before.decisions, answersBeforeKill: last.allowed + last.otherVerdicts, keptAfterKill: after!.decisions - before.decisions };
}

/** Below 1, answers have been given of which nothing is left; above, calls were decided whose answers were lost with the server. */
function keepingTable(all: readonly Keeping[]): string {
  const count = (value: number | undefined) => value?.toLocaleString('en-US') ?? '–';
  const share = (kept: number | undefined, answers: number | undefined) => (kept === undefined || !answers ? '–' : (kept / answers).toFixed(4));
  return alignedTable(
    ['server', 'answers', 'kept', 'kept ÷ answers', 'answers until kill -9', 'kept of that', 'kept ÷ answers'], ['server'],
    all.map((row) => [row.peer, count(row.answers), count(row.kept), share(row.kept, row.answers), count(row.answersBeforeKill), count(row.keptAfterKill), share(row.keptAfterKill, row.answersBeforeKill)]),
  );
}
