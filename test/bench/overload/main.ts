import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DocketEmbeddedPeer } from '../peers/docket-embedded.peer.js';
import { DocketKafkaPeer } from '../peers/docket-kafka.peer.js';
import { SharedKafka } from '../peers/shared-kafka.js';
import type { Job } from '../generator/job.js';
import type { DocketTarget } from '../generator/dialects.js';
import type { Endings, Interval, OfferJob, OfferProgress } from './job.js';
import { memoryOf, type Memory } from './memory.js';
import { pinCallers, pinServers } from './pinning.js';

export interface OverloadOptions {
  readonly minutes: number;
  /** How many times the peak is offered. */
  readonly times: number;
  readonly kafka: boolean;
}

export interface OverloadFigure {
  readonly server: string;
  readonly isPinned: boolean;
  /** Before the overload, and the same once more after it: how much the machine itself varies. */
  readonly peakPerSecond: number;
  readonly peakAfterPerSecond: number;
  readonly offeredPerSecond: number;
  readonly goodputPerSecond: number;
  readonly measured: Interval;
  readonly all: Endings;
  readonly rows: readonly { readonly atS: number; readonly goodputPerSecond: number; readonly interval: Interval; readonly memory: Memory }[];
  readonly findings: readonly string[];
}

const CLOSED: readonly number[] = [64, 256, 512];
const CLOSED_MS = 10_000;
const WARMUP_MS = 20_000;
const DEADLINE_MS = 1_000;
const CONNECTIONS = 32;
const REPORT_MS = 30_000;

/** `npm run bench -- --overload`: the peak, with callers who wait for each answer; then some times as much, whether it is answered or not. */
export async function benchOverload({ minutes, times, kafka }: OverloadOptions, say: (line: string) => void): Promise<OverloadFigure> {
  const isPinned = pinServers();
  say(isPinned ? 'servers have all cores but the last, callers have that one' : 'servers and callers share the cores: figures say as much of the callers');
  const peer = kafka ? new DocketKafkaPeer(new SharedKafka()) : new DocketEmbeddedPeer();
  try {
    const [lane] = await peer.start();
    const { host, port, metadata, target } = lane!.job(1).message as Job;
    const job = { host, port, metadata, target: target as DocketTarget, deadlineMs: DEADLINE_MS, connections: CONNECTIONS, warmupMs: 1_000, reportEveryMs: REPORT_MS };
    const all: Endings[] = [];
    const run = async (more: Pick<OfferJob, 'load' | 'durationMs'>, onInterval: (interval: Interval) => Promise<void> = async () => {}): Promise<Interval> => {
      const done = await runOffer({ ...job, ...more }, onInterval);
      all.push(done.all);
      return done.measured;
    };
    say(`${peer.name}: warming up`);
    await run({ load: { kind: 'closed', callers: 64 }, durationMs: WARMUP_MS });
    let peak = 0;
    let best = 0;
    for (const callers of CLOSED) {
      const measured = await run({ load: { kind: 'closed', callers }, durationMs: CLOSED_MS });
      say(`${callers} callers: ${perSecond(measured)}/s, p99 ${Math.round(measured.answered.p99Ms)} ms`);
      if (perSecond(measured) <= peak) continue;
      peak = perSecond(measured);
      best = callers;
    }
    const offered = Math.round(times * peak);
    const before = await memoryOf(peer.httpPort);
    say(`\npeak ${peak}/s; offering ${offered}/s for ${minutes} minutes, each with a deadline of ${DEADLINE_MS} ms; before it ${memoryText(before)}\n`);
    say('| s | answered in time/s | share of peak | p50 ms | p99 ms | refused/s | heard of it p99 ms | expired | late | RSS MiB | heap MiB | external MiB | waiting | deciding | loop late p99 ms | callers’ loop |');
    say('|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
    const rows: OverloadFigure['rows'][number][] = [];
    let atMs = 0;
    const measured = await run({ load: { kind: 'open', perSecond: offered }, durationMs: minutes * 60_000 }, async (interval) => {
      atMs += interval.elapsedMs;
      const row = { atS: Math.round(atMs / 1_000), goodputPerSecond: perSecond(interval), interval, memory: await memoryOf(peer.httpPort) };
      rows.push(row);
      say(rowText(row, peak));
    });
    const overloaded = all.at(-1)!;
    const after = perSecond(await run({ load: { kind: 'closed', callers: best }, durationMs: CLOSED_MS }));
    const goodput = perSecond(measured);
    say(`\ngoodput ${goodput}/s, ${Math.round((100 * goodput) / peak)} % of the peak (${after}/s when it was measured again afterwards); answered p50 ${round(measured.answered.p50Ms)} ms, p99 at most ${round(measured.answered.p99Ms)} ms; refusals heard of within ${round(measured.refusedP99Ms)} ms (p99)`);
    say(`of ${overloaded.sent} calls: ${overloaded.allowed + overloaded.otherVerdicts} answered in time, ${overloaded.refused} refused, ${overloaded.expired} expired, ${overloaded.late} answered late, ${errorsOf(overloaded)} other errors, ${overloaded.lost} lost`);
    for (const [what, count] of Object.entries(overloaded.errors)) say(`  ${count} × ${what}`);
    const sum = (read: (one: Endings) => number): number => all.reduce((total, one) => total + read(one), 0);
    // A late verdict was an ALLOW as well: the policy's limit is far away.
    const findings = [...await peer.verify({ allowed: sum(({ allowed, late }) => allowed + late), otherVerdicts: sum(({ otherVerdicts }) => otherVerdicts) })];
    if (overloaded.lost > 0) findings.push(`WRONG: ${overloaded.lost} calls were neither answered nor refused`);
    for (const line of findings) say(line);
    return { server: peer.name, isPinned, peakPerSecond: peak, peakAfterPerSecond: after, offeredPerSecond: offered, goodputPerSecond: goodput, measured, all: overloaded, rows, findings };
  } finally {
    await peer.stop();
  }
}

function runOffer(job: OfferJob, onInterval: (interval: Interval) => Promise<void>): Promise<Extract<OfferProgress, { kind: 'done' }>> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./offer.js', import.meta.url)), { execArgv: ['--enable-source-maps'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    pinCallers(child.pid!);
    let done: Extract<OfferProgress, { kind: 'done' }> | undefined;
    let told: Promise<void> = Promise.resolve();
    child.on('message', (progress: OfferProgress) => {
      if (progress.kind === 'done') done = progress;
      else told = told.then(() => onInterval(progress.interval)).catch(reject);
    });
    child.once('error', reject);
    child.once('exit', (code) => void told.then(() => (done === undefined ? reject(new Error(`the callers ended with code ${code} and no result`)) : resolve(done))));
    child.send(job);
  });
}

function perSecond({ allowed, otherVerdicts, elapsedMs }: Interval): number {
  return Math.round(((allowed + otherVerdicts) / elapsedMs) * 1_000);
}

function errorsOf({ errors }: Endings): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

function rowText({ atS, goodputPerSecond, interval, memory }: OverloadFigure['rows'][number], peak: number): string {
  const { answered, refused, refusedP99Ms, expired, late, elapsedMs } = interval;
  return `| ${[
    atS, goodputPerSecond.toLocaleString('en'), `${Math.round((100 * goodputPerSecond) / peak)} %`, round(answered.p50Ms), round(answered.p99Ms), Math.round((refused / elapsedMs) * 1_000).toLocaleString('en'),
    round(refusedP99Ms), expired, late, Math.round(memory.rss), Math.round(memory.heap), Math.round(memory.external), memory.waiting, memory.deciding, round(memory.loopLagMs), round(interval.callersLagMs),
  ].join(' | ')} |`;
}

function memoryText({ rss, heap, external }: Memory): string {
  return `RSS ${Math.round(rss)}, heap ${Math.round(heap)}, external ${Math.round(external)} MiB`;
}

function round(ms: number): string {
  return ms.toFixed(ms < 10 ? 1 : 0);
}
