import { dialectOf } from '../generator/dialects.js';
import { frameMessage, H2Connection } from '../generator/h2.connection.js';
import type { Interval, OfferJob, OfferProgress } from './job.js';
import { sumOf, Tally } from './tally.js';

const TICK_MS = 2;
/** After the last call: whatever is not heard of by then is lost. */
const WAIT_MS = 15_000;

/** The callers, a process of its own. */
async function offer(job: OfferJob, report: (progress: OfferProgress) => void): Promise<void> {
  const dialect = dialectOf(job.target);
  const metadata = { ...job.metadata, 'grpc-timeout': `${job.deadlineMs}m` };
  const connections = await Promise.all(Array.from({ length: job.connections }, () => H2Connection.connect(job.host, job.port, dialect.path, metadata)));
  const tally = new Tally(job.deadlineMs);
  let open = 0;
  let sent = 0;
  const ask = (onEnd: () => void = () => {}): void => {
    const startedMs = performance.now();
    let isAllow: boolean | undefined;
    open += 1;
    tally.send();
    connections[sent++ % connections.length]!.unary(frameMessage(dialect.request(1, () => {})), {
      message: (bytes) => dialect.read(bytes, (_, verdict) => { isAllow = verdict === 'allow'; }),
      end: (status, detail) => {
        open -= 1;
        const tookMs = performance.now() - startedMs;
        if (status === 0 && isAllow !== undefined) tally.verdict(isAllow, tookMs);
        else tally.failed(status, detail, tookMs);
        onEnd();
      },
    });
  };
  let isOver = false;
  const stop = job.load.kind === 'closed' ? callers(job.load.callers, ask, () => isOver) : ticks(job.load.perSecond, ask);
  await wait(job.warmupMs);
  const warmup = tally.take();
  const intervals: Interval[] = [];
  const startedMs = performance.now();
  for (let next = 1; ; next += 1) {
    const untilMs = startedMs + Math.min(job.durationMs, next * job.reportEveryMs);
    await wait(untilMs - performance.now());
    intervals.push(tally.take());
    report({ kind: 'interval', interval: intervals.at(-1)! });
    if (untilMs >= startedMs + job.durationMs) break;
  }
  isOver = true;
  stop();
  for (const untilMs = performance.now() + WAIT_MS; open > 0 && performance.now() < untilMs;) await wait(20);
  const rest = tally.take();
  for (const connection of connections) connection.close();
  const measured = sumOf(intervals, 0);
  const elapsedMs = intervals.reduce((sum, one) => sum + one.elapsedMs, 0);
  const worst = (read: (one: Interval) => number): number => Math.max(0, ...intervals.map(read));
  report({
    kind: 'done', all: sumOf([warmup, ...intervals, rest], open),
    measured: { ...measured, elapsedMs, answered: { p50Ms: median(intervals.map(({ answered }) => answered.p50Ms)), p99Ms: worst(({ answered }) => answered.p99Ms) }, refusedP99Ms: worst(({ refusedP99Ms }) => refusedP99Ms), callersLagMs: worst(({ callersLagMs }) => callersLagMs) },
  });
}

function callers(count: number, ask: (onEnd: () => void) => void, isOver: () => boolean): () => void {
  const again = (): void => { if (!isOver()) ask(again); };
  for (let i = 0; i < count; i += 1) again();
  return () => {};
}

/** As many as are due, however late the timer is. */
function ticks(perSecond: number, ask: () => void): () => void {
  const startedMs = performance.now();
  let asked = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond);
    for (; asked < due; asked += 1) ask();
  }, TICK_MS);
  return () => clearInterval(timer);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

process.once('message', (job: OfferJob) => {
  offer(job, (progress) => process.send?.(progress)).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
