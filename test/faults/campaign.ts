import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { check } from './checker/check.js';
import type { Report } from './checker/check.js';
import { exportResumes, exportTables } from './export-tables.js';
import { HistoryFile } from './history-file.js';
import type { Fault } from './kinds/fault.js';
import { Load } from './load/load.js';
import { Random } from './random.js';
import type { Site } from './site.js';

export interface CampaignOptions<S extends Site> {
  /** Starts what is to be broken; `dist`: where the compiled apps are. */
  readonly start: (folder: string, say: (line: string) => void, dist: string) => Promise<S>;
  readonly folder: string;
  readonly seed: number;
  readonly faults: readonly Fault<S>[];
  /** Faults are injected for so long, each kind at least once. */
  readonly durationMs: number;
  readonly grants: number;
  readonly pauseMs: number;
  /** Whether the load has limits that many grants share. */
  readonly shared: boolean;
  readonly dist: string;
  readonly say: (line: string) => void;
  /** Ends it early and cleanly: no further fault, but what was done is judged. */
  readonly signal?: AbortSignal;
}

export interface Outcome {
  readonly report: Report;
  /** Where the service did not come back although everything was mended. */
  readonly unserved: readonly string[];
}

const EDIT_EVERY_MS = 4_000;
/** Between two faults: what all is like when nothing is wrong. */
const QUIET_MS = 2_000;

/** Runs the whole of it; resolves to what the checker says. Rejects if the installation does not come up, or the load fails. */
export async function runCampaign<S extends Site>({ start, folder, seed, faults, durationMs, grants, pauseMs, shared, dist, say, signal }: CampaignOptions<S>): Promise<Outcome> {
  const unserved: string[] = [];
  const evidence = join(folder, 'evidence');
  mkdirSync(evidence, { recursive: true });
  const installation = await start(folder, say, dist);
  try {
    const history = new HistoryFile(evidence, 'campaign');
    const load = new Load(installation, evidence, { seed, grants, pauseMs, editEveryMs: EDIT_EVERY_MS, shared });
    await load.start();
    say(`load runs: ${grants} callers`);
    const scene = { installation, history, random: new Random(seed), hold: (ms: number) => setTimeout(ms, undefined, { signal }).catch(() => undefined) };
    const endMs = performance.now() + durationMs;
    const isOver = (): boolean => signal?.aborted === true;
    let isMended = true;
    for (let round = 0; isMended && !isOver() && (round === 0 || performance.now() < endMs); round += 1) {
      for (const fault of scene.random.shuffled(faults)) {
        if (isOver() || (round > 0 && performance.now() >= endMs)) break;
        await scene.hold(QUIET_MS);
        const startedMs = performance.now();
        history.write({ kind: 'fault', name: fault.name, phase: 'began' });
        try {
          await fault.inject(scene);
        } catch (error) {
          // Nobody knows what is broken now: no more of it, but what was done is judged.
          unserved.push(`"${fault.name}" could not be mended: ${(error as Error).message}`);
          isMended = false;
          break;
        }
        history.write({ kind: 'fault', name: fault.name, phase: 'healed' });
        const healedMs = performance.now();
        const problem = await load.served(Date.now());
        if (problem !== undefined) unserved.push(`after "${fault.name}" ${problem}`);
        await exportResumes(installation.databaseUrl, evidence);
        history.write({ kind: 'fault', name: fault.name, phase: 'over' });
        say(`${fault.name}: ${((healedMs - startedMs) / 1_000).toFixed(1)} s, served again ${((performance.now() - healedMs) / 1_000).toFixed(1)} s later; ${load.answers} answers so far`);
      }
    }
    await scene.hold(QUIET_MS);
    await load.stop();
    await history.close();
    say('exporting the log and the projections');
    await exportResumes(installation.databaseUrl, evidence);
    await installation.exportLog(evidence);
    // The log is judged all the same.
    await exportTables(installation.databaseUrl, evidence).catch((error: unknown) => unserved.push((error as Error).message));
  } finally {
    await installation.stop();
  }
  return { report: await check(evidence), unserved };
}
