import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findKafka } from '#local-services';
import { runCampaign } from './campaign.js';
import type { Report } from './checker/check.js';
import { reportText } from './checker/report.js';
import { FAULTS } from './kinds/catalogue.js';
import { readOptions, USAGE } from './options.js';
import type { Options } from './options.js';
import { plantedBuild } from './planted/build.js';
import { PLANTED } from './planted/faults.js';
import type { PlantedFault } from './planted/faults.js';

/** `npm run test:faults`: exit code 0 if every promise was kept, 1 if not or if it did not come to an end, 2 for a wrong command. */
async function run(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options.help || options.list) {
    process.stdout.write(options.help ? `${USAGE}\n` : [...FAULTS.map(({ name, what }) => `${name}: ${what}\n`), '\nto be planted:\n', ...PLANTED.map(({ name, breaks }) => `${name} (${breaks.join(', ')})\n`)].join(''));
    return 0;
  }
  const kafka = findKafka({});
  if (!kafka.available) {
    process.stderr.write(`the fault campaign is skipped: ${kafka.why}; it starts three Kafka brokers (Java 17 and Maven)\n`);
    return 0;
  }
  return campaign(options);
}

async function campaign({ minutes, seed, only, grants, pauseMs, keep, plant }: Options): Promise<number> {
  const startedMs = performance.now();
  const say = (line: string): void => { process.stderr.write(`${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`); };
  const wanted = plant !== undefined && only.length === 0 ? plant.kinds : only;
  const faults = FAULTS.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  const folder = keep === undefined ? await mkdtemp(join(tmpdir(), 'docket-faults-')) : resolve(keep);
  mkdirSync(folder, { recursive: true });
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(1);
      say('ending after this fault; what was done until now is judged; a second signal exits at once');
      abort.abort();
    });
  }
  say(`seed ${seed}; ${faults.length} kinds of faults${minutes === 0 ? ', each once' : ` for ${minutes} minutes`}; ${folder}`);
  let isKept = keep !== undefined;
  try {
    const dist = plant && plantedBuild(plant, folder);
    const { report, unserved } = await runCampaign({ folder, ...(dist !== undefined && { dist }), seed, faults, durationMs: minutes * 60_000, grants, pauseMs, say, signal: abort.signal });
    process.stdout.write(`${reportText(report)}\n\nseed ${seed}, ${((performance.now() - startedMs) / 60_000).toFixed(1)} minutes in all, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown kind'}\n`);
    if (plant !== undefined) return wasCaught(plant, report);
    for (const problem of unserved) process.stdout.write(`NOT SERVED AGAIN: ${problem}\n`);
    const isWell = report.findings.total === 0 && unserved.length === 0;
    isKept ||= !isWell;
    return isWell ? 0 : 1;
  } catch (error) {
    isKept = true;
    process.stderr.write(`the campaign did not come to its end: ${(error as Error).stack ?? String(error)}\n`);
    return 1;
  } finally {
    if (isKept) say(`evidence and logs: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/** A planted fault is caught when one of the promises that it breaks is found broken. */
function wasCaught({ name, breaks }: PlantedFault, { findings }: Report): number {
  const found = breaks.filter((property) => findings.counts.has(property));
  process.stdout.write(found.length > 0 ? `caught: "${name}" breaks ${found.join(', ')}\n` : `NOT CAUGHT: "${name}" should break ${breaks.join(' or ')}\n`);
  return found.length > 0 ? 0 : 1;
}

process.exitCode = await run();
process.exit();
