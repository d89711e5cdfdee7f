import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { rowsOf, tableOf, type Series } from './measure/report.js';
import { runJob, type Measurement } from './measure/run-job.js';
import { benchClient } from './client/main.js';
import { readOptions, type BenchOptions } from './options.js';
import { PeerMissing, type Lane, type Peer } from './peers/peer.js';
import { allPeers } from './peers/index.js';
import { benchMcp } from './mcp/main.js';
import { benchOverload } from './overload/main.js';
import { benchPolicies } from './policy.js';
import { benchProjections } from './projections/main.js';
import { benchReplay } from './replay/main.js';
import { benchScopes } from './scopes.js';
import { benchTakeOver } from './take-over/main.js';
import { benchTokens } from './tokens/main.js';

/**
 * `npm run bench`: the same load on every server, one after another, in interleaved rounds, so that a slow minute of the
 * machine hits all of them alike. Prints a table and stores everything as JSON in `bench-results/`.
 */
interface Run {
  readonly peer: Peer;
  readonly lane: Lane;
  readonly concurrency: number;
  readonly rounds: Measurement[];
  readonly warmUps: Measurement[];
}

/** Of the projections' bench. */
const PROJECTED_RECORDS = 200_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function startPeers(options: BenchOptions): Promise<{ peer: Peer; lanes: readonly Lane[] }[]> {
  const started: { peer: Peer; lanes: readonly Lane[] }[] = [];
  for (const peer of allPeers().filter(({ name }) => options.peers.length === 0 || options.peers.some((part) => name.includes(part)))) {
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
async function warmUp(runs: readonly Run[], options: BenchOptions): Promise<void> {
  const first = new Map(runs.map((run) => [`${run.lane.peer} ${run.lane.mode}`, run]));
  for (const run of first.values()) {
    run.warmUps.push(await runJob(run.lane, Math.max(64, run.lane.concurrencyMin ?? 1), { warmupMs: 0, durationMs: options.warmupServerMs }));
    say(`warmed   ${run.lane.mode.padEnd(6)} ${run.lane.peer}`);
  }
}

async function measure(runs: readonly Run[], options: BenchOptions): Promise<void> {
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

async function verify(started: readonly { peer: Peer }[], runs: readonly Run[]): Promise<string[]> {
  const findings: string[] = [];
  for (const { peer } of started) {
    const own = runs.filter((run) => run.peer === peer && run.lane.mode !== 'append').flatMap((run) => [...run.warmUps, ...run.rounds]);
    const sum = (read: (round: Measurement) => number) => own.reduce((total, round) => total + read(round), 0);
    const [sent, allowed, other] = [sum((round) => round.sent), sum((round) => round.allowed), sum((round) => round.otherVerdicts)];
    if (own.length > 0) findings.push(`${peer.name}: ${sent} calls, ${allowed} ALLOW, ${other} other verdicts, ${sent - allowed - other} not answered`);
    if (peer.verify) findings.push(...(await peer.verify({ allowed, otherVerdicts: other })));
  }
  return findings;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return 0;
  if (options === 'policy') {
    await benchPolicies();
    return 0;
  }
  if (options === 'tokens') {
    say(`stored  ${store({ tokens: await benchTokens(say) })}`);
    return 0;
  }
  if (options === 'mcp') {
    say(`stored  ${store({ mcp: await benchMcp(say) })}`);
    return 0;
  }
  if (options === 'scopes') {
    await benchScopes(say);
    return 0;
  }
  if (options === 'client') {
    say(`stored  ${store({ client: await benchClient(say) })}`);
    return 0;
  }
  if (options === 'projections') {
    await benchProjections(PROJECTED_RECORDS);
    return 0;
  }
  if ('handOvers' in options) {
    say(`stored  ${store({ takeOver: await benchTakeOver(say, options.handOvers) })}`);
    return 0;
  }
  if ('overload' in options) {
    const overload = await benchOverload(options.overload, say);
    say(`stored  ${store({ overload })}`);
    return overload.findings.some((line) => line.startsWith('WRONG')) ? 1 : 0;
  }
  if ('replay' in options) {
    await benchReplay(options.replay);
    return 0;
  }
  const started = await startPeers(options);
  try {
    const runs: Run[] = started.flatMap(({ peer, lanes }) =>
      lanes.filter((lane) => options.modes.includes(lane.mode)).flatMap((lane) =>
        options.concurrency.filter((concurrency) => concurrency >= (lane.concurrencyMin ?? 1))
          .map((concurrency) => ({ peer, lane, concurrency, rounds: [], warmUps: [] }))));
    runs.sort((a, b) => a.lane.mode.localeCompare(b.lane.mode) * -1 || a.concurrency - b.concurrency);
    await warmUp(runs, options);
    await measure(runs, options);
    const findings = await verify(started, runs);
    const series: Series[] = runs.map(({ lane, concurrency, rounds }) => ({ peer: lane.peer, mode: lane.mode, concurrency, rounds, ...(lane.note ? { note: lane.note } : {}) }));
    const rows = rowsOf(series);
    const notes = [...new Set(series.flatMap(({ peer, note }) => (note ? [`${peer}: ${note}`] : [])))];
    say(`\n${tableOf(rows)}\n`);
    for (const line of [...notes, ...findings]) say(line);
    say(`stored  ${store({ options, rows, series, findings })}`);
    return findings.some((line) => line.startsWith('WRONG')) ? 1 : 0;
  } finally {
    for (const { peer } of started.reverse()) await peer.stop().catch((error: unknown) => say(`stopping ${peer.name}: ${String(error)}`));
  }
}

function store(content: { readonly [part: string]: unknown }): string {
  mkdirSync('bench-results', { recursive: true });
  const time = new Date().toISOString();
  const path = join('bench-results', `${time.replaceAll(/[:.]/g, '-')}.json`);
  const machine = { cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30), node: process.version, platform: process.platform };
  writeFileSync(path, `${JSON.stringify({ time, commit: commit(), machine, ...content }, null, 2)}\n`);
  return path;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
