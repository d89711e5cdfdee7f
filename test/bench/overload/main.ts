import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DocketEmbeddedPeer } from '../peers/docket-embedded.peer.js';
import { DocketKafkaPeer } from '../peers/docket-kafka.peer.js';
import { SharedKafka } from '../peers/shared-kafka.js';
import type { Job } from '../generator/job.js';
import { treeCpuSeconds } from '../measure/process-tree.js';
import type { DocketTarget } from '../generator/dialects.js';
import type { Endings, Interval, OfferJob, OfferProgress } from './job.js';
import { memoryOf, type Memory } from './memory.js';
import { pinCallers, pinServers } from './pinning.js';
import { sumOf } from './tally.js';

export interface OverloadOptions {
  readonly minutes: number;
  /** How many times the peak is offered. */
  readonly times: number;
  /** The minutes are divided into so many parts, and the peak is measured between them: on a machine that is shared it is another one each time. */
  readonly parts: number;
  readonly kafka: boolean;
}

export interface OverloadFigure {
  readonly server: string;
  readonly isPinned: boolean;
  readonly offeredPerSecond: number;
  readonly rounds: readonly Round[];
  /** Of all rounds. */
  readonly share: number;
  readonly all: Endings;
  readonly rows: readonly Row[];
  readonly findings: readonly string[];
}

/** One part of the overload, between two measurements of the peak: how much the machine itself varies. */
interface Round {
  readonly peakBefore: Phase;
  readonly overload: Phase;
  readonly peakAfter: Phase;
}

interface Phase {
  /** Verdicts in time. */
  readonly perSecond: number;
  readonly measured: Interval;
  readonly all: Endings;
  /** Of the server's processes, from start to end. */
  readonly cpuS: number;
}

interface Row {
  readonly atS: number;
  readonly perSecond: number;
  readonly interval: Interval;
  readonly memory: Memory;
}

const CLOSED: readonly number[] = [64, 256, 512];
const CLOSED_MS = 10_000;
const WARMUP_MS = 20_000;
const DEADLINE_MS = 1_000;
const CONNECTIONS = 32;
const REPORT_MS = 30_000;

/** `npm run bench -- --overload`: the peak, with callers who wait for each answer; then some times as much, whether it is answered or not. */
export async function benchOverload({ minutes, times, parts, kafka }: OverloadOptions, say: (line: string) => void): Promise<OverloadFigure> {
  const isPinned = pinServers();
  say(isPinned ? 'servers have all cores but the last, callers have that one' : 'servers and callers share the cores: figures say as much of the callers');
  const peer = kafka ? new DocketKafkaPeer(new SharedKafka()) : new DocketEmbeddedPeer();
  try {
    const [lane] = await peer.start();
    const { host, port, metadata, target } = lane!.job(1).message as Job;
    const job = { host, port, metadata, target: target as DocketTarget, deadlineMs: DEADLINE_MS, connections: CONNECTIONS, warmupMs: 1_000, reportEveryMs: REPORT_MS };
    const phases: Phase[] = [];
    const run = async (more: Pick<OfferJob, 'load' | 'durationMs'>, onInterval: (interval: Interval) => Promise<void> = async () => {}): Promise<Phase> => {
      const cpuBeforeS = treeCpuSeconds(lane!.serverPids());
      const { measured, all } = await runOffer({ ...job, ...more }, onInterval);
      const phase = { perSecond: perSecond(measured), measured, all, cpuS: treeCpuSeconds(lane!.serverPids()) - cpuBeforeS };
      phases.push(phase);
      return phase;
    };
    const peakOf = (callers: number): Promise<Phase> => run({ load: { kind: 'closed', callers }, durationMs: CLOSED_MS });
    say(`${peer.name}: warming up`);
    await run({ load: { kind: 'closed', callers: 64 }, durationMs: WARMUP_MS });
    let peak: Phase | undefined;
    let callers = 0;
    for (const count of CLOSED) {
      const phase = await peakOf(count);
      say(`${count} callers: ${phase.perSecond}/s, p99 ${Math.round(phase.measured.answered.p99Ms)} ms`);
      if (peak !== undefined && phase.perSecond <= peak.perSecond) continue;
      peak = phase;
      callers = count;
    }
    const offered = Math.round(times * peak!.perSecond);
    say(`\npeak ${peak!.perSecond}/s; offering ${offered}/s for ${minutes} minutes in ${parts} parts, each call with a deadline of ${DEADLINE_MS} ms; before it ${memoryText(await memoryOf(peer.httpPort))}\n`);
    say('| s | answered in time/s | p50 ms | p99 ms | refused/s | heard of it p99 ms | expired | late | RSS MiB | heap MiB | external MiB | waiting | deciding | loop late p99 ms | callers’ loop |');
    say('|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|');
    const rows: Row[] = [];
    const done: Round[] = [];
    let atMs = 0;
    for (let before = peak!; done.length < parts;) {
      const overload = await run({ load: { kind: 'open', perSecond: offered }, durationMs: (minutes / parts) * 60_000 }, async (interval) => {
        atMs += interval.elapsedMs;
        const row = { atS: Math.round(atMs / 1_000), perSecond: perSecond(interval), interval, memory: await memoryOf(peer.httpPort) };
        rows.push(row);
        say(rowText(row));
      });
      const after = await peakOf(callers);
      done.push({ peakBefore: before, overload, peakAfter: after });
      before = after;
    }
    const overloaded = sumOf(done.map(({ overload }) => overload.all), 0);
    const lost = done.reduce((sum, { overload }) => sum + overload.all.lost, 0);
    say('');
    for (const round of done) say(roundText(round));
    const share = mean(done.map(shareOf));
    say(`goodput ${percent(share)} of the peak, each part by the peaks before and after it`);
    say(`of ${overloaded.sent} calls: ${overloaded.allowed + overloaded.otherVerdicts} answered in time, ${overloaded.refused} refused, ${overloaded.expired} expired, ${overloaded.late} answered late, ${errorsOf(overloaded)} other errors, ${lost} lost`);
    for (const [what, count] of Object.entries(overloaded.errors)) say(`  ${count} × ${what}`);
    const sum = (read: (one: Endings) => number): number => phases.reduce((total, { all }) => total + read(all), 0);
    // A late verdict was an ALLOW as well: the policy's limit is far away.
    say(`not admitted: ${Object.entries((await memoryOf(peer.httpPort)).notAdmitted).map(([reason, count]) => `${count} ${reason}`).join(', ')}`);
    const { findings: counted } = await peer.count({ allowed: sum(({ allowed, late }) => allowed + late), otherVerdicts: sum(({ otherVerdicts }) => otherVerdicts) });
    const findings = [...counted];
    if (lost > 0) findings.push(`WRONG: ${lost} calls were neither answered nor refused`);
    for (const line of findings) say(line);
    return { server: peer.name, isPinned, offeredPerSecond: offered, rounds: done, share, all: overloaded, rows, findings };
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

function shareOf({ peakBefore, overload, peakAfter }: Round): number {
  return overload.perSecond / mean([peakBefore.perSecond, peakAfter.perSecond]);
}

/** CPU of the server for one verdict at the peak, and what is left of the overload's for one refusal, in µs: others on the machine take time, not CPU. */
function costsOf({ peakBefore, overload, peakAfter }: Round): { readonly verdictUs: number; readonly refusalUs: number } {
  const verdictUs = ((peakBefore.cpuS + peakAfter.cpuS) / (verdicts(peakBefore) + verdicts(peakAfter))) * 1e6;
  return { verdictUs, refusalUs: (overload.cpuS * 1e6 - verdictUs * verdicts(overload)) / overload.all.refused };
}

function verdicts({ all }: Phase): number {
  return all.allowed + all.otherVerdicts + all.late;
}

function roundText(round: Round): string {
  const { peakBefore, overload, peakAfter } = round;
  const { verdictUs, refusalUs } = costsOf(round);
  return `peak ${peakBefore.perSecond}/s, overload ${overload.perSecond}/s, peak ${peakAfter.perSecond}/s: ${percent(shareOf(round))}; answered p50 ${roundMs(overload.measured.answered.p50Ms)} ms, p99 at most ${roundMs(overload.measured.answered.p99Ms)} ms; `
    + `refusals heard of within ${roundMs(overload.measured.refusedP99Ms)} ms (p99); CPU ${Math.round(verdictUs)} µs a verdict at the peak, with that ${Math.round(refusalUs)} µs a refusal`;
}

function errorsOf({ errors }: Endings): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

function rowText({ atS, perSecond: goodput, interval, memory }: Row): string {
  const { answered, refused, refusedP99Ms, expired, late, elapsedMs } = interval;
  return `| ${[
    atS, goodput.toLocaleString('en'), roundMs(answered.p50Ms), roundMs(answered.p99Ms), Math.round((refused / elapsedMs) * 1_000).toLocaleString('en'),
    roundMs(refusedP99Ms), expired, late, Math.round(memory.rss), Math.round(memory.heap), Math.round(memory.external), memory.waiting, memory.deciding, roundMs(memory.loopLagMs), roundMs(interval.callersLagMs),
  ].join(' | ')} |`;
}

function memoryText({ rss, heap, external }: Memory): string {
  return `RSS ${Math.round(rss)}, heap ${Math.round(heap)}, external ${Math.round(external)} MiB`;
}

function roundMs(ms: number): string {
  return ms.toFixed(ms < 10 ? 1 : 0);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
