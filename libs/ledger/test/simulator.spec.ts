import { join } from 'node:path';
import { SimulatorBuild, type SimulationResult } from './simulator/build.js';
import { MUTANTS } from './simulator/mutants.js';

/**
 * The deterministic simulator: many writers, zombies, crashes, lost acknowledgements and late copies against the real
 * writer code; and planted faults, to show that it would notice. Replay one history with SIM_SEED=<seed>; more of them
 * with SIM_RUNS=<number>.
 */
const ROOT = join(import.meta.dirname, '..', '..', '..');
const RUNS = Number(process.env['SIM_RUNS'] ?? 2_000);
const SEED = process.env['SIM_SEED'];
/** Every fault must show within so many histories; the sound code passes the same ones. */
const MUTANT_SEEDS = 300;

describe('the ledger under simulation', () => {
  let build: SimulatorBuild;
  beforeAll(() => {
    build = new SimulatorBuild(ROOT);
  });
  afterAll(() => build.remove());

  it(`keeps every guarantee in ${SEED === undefined ? `${RUNS} histories` : `history ${SEED}`} with faults`, async () => {
    const runs = SEED === undefined ? [[1, RUNS / 2], [1 + RUNS / 2, RUNS / 2]] as const : [[Number(SEED), 1]] as const;
    const results = await Promise.all(runs.map(([first, count]) => build.run(build.folder, first, count, 570_000)));
    expect(results.map(violation)).toEqual(results.map(() => 'none'));
    expect(results.map(({ ran }) => ran)).toEqual(runs.map(([, count]) => count));
    if (SEED !== undefined) return;
    // It saw what it is for: without these the guarantees above would be cheap.
    const total = (name: string): number => results.reduce((sum, { totals }) => sum + (totals[name] ?? 0), 0);
    expect(total('events')).toBeGreaterThan(RUNS * 20);
    expect(total('voids')).toBeGreaterThan(RUNS * 5);
    expect(total('epochs')).toBeGreaterThan(RUNS * 5);
    expect(total('replayed')).toBeGreaterThan(RUNS);
    expect(total('snapshots')).toBeGreaterThan(RUNS);
    expect(total('unknown')).toBeGreaterThan(RUNS / 10);
  }, 600_000);

  const caught: string[] = [];
  const queue = MUTANTS.map((mutant, number) => ({ mutant, number }));
  const outcomes = new Map<number, Promise<SimulationResult>>();
  /** Two at a time, so that both cores work. */
  const outcomeOf = (number: number): Promise<SimulationResult> => {
    for (const next of queue.slice(number, number + 2)) {
      if (!outcomes.has(next.number)) outcomes.set(next.number, (async () => build.run(build.plant(next.mutant, next.number), 1, MUTANT_SEEDS, 60_000))());
      outcomes.get(next.number)!.catch(() => {});
    }
    return outcomes.get(number)!;
  };

  if (SEED === undefined) it.each(queue)('notices a planted fault: $mutant.name', async ({ mutant, number }) => {
    const result = await outcomeOf(number);
    caught.push(`${mutant.name}: ${result.invariant ?? 'not noticed'} (history ${result.seed ?? '-'})`);
    expect(result.invariant).toBeDefined();
    expect(result.seed).toBeLessThanOrEqual(MUTANT_SEEDS);
  }, 300_000);

  afterAll(() => {
    if (caught.length > 0) process.stdout.write(`planted faults, and what noticed them:\n  ${caught.join('\n  ')}\n`);
  });
});

function violation({ seed, invariant, message }: SimulationResult): string {
  return seed === undefined ? 'none' : `seed ${seed}: ${invariant}: ${message} (replay with SIM_SEED=${seed})`;
}
