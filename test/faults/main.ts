import { mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findKafka } from '#local-services';
import { runCampaign } from './campaign.js';
import type { CampaignOptions, Outcome } from './campaign.js';
import { reportText } from './checker/report.js';
import { Embedded } from './embedded.js';
import { Installation } from './installation.js';
import { BUILD_CHANGED, buildChanged } from './kinds/build-changed.js';
import { FAULTS } from './kinds/catalogue.js';
import { EMBEDDED_FAULTS } from './kinds/embedded.js';
import { readOptions, USAGE } from './options.js';
import type { Options } from './options.js';
import { otherBuild } from './other-build.js';
import { plantedBuild } from './planted/build.js';
import { PLANTED } from './planted/faults.js';
import type { PlantedFault } from './planted/faults.js';
import type { Site } from './site.js';

/** Seen from dist/test/faults. */
const DIST = fileURLToPath(new URL('../..', import.meta.url));
const startedMs = performance.now();
const say = (line: string): void => { process.stderr.write(`${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(5)} s  ${line}\n`); };

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
    process.stdout.write(options.help ? `${USAGE}\n` : list());
    return 0;
  }
  return campaigns(options);
}

function list(): string {
  return [...[...FAULTS, BUILD_CHANGED, ...EMBEDDED_FAULTS].map(({ name, what }) => `${name}: ${what}\n`), '\nto be planted:\n', ...PLANTED.map(({ name, breaks }) => `${name} (${breaks.join(', ')})\n`)].join('');
}

/** The one on Kafka, then the one on PostgreSQL; what is not wanted or cannot run here is passed over, with a line. */
async function campaigns({ minutes, seed, only, grants, pauseMs, keep, plant, otherBuild: other, shared }: Options): Promise<number> {
  const wanted = plant !== undefined && only.length === 0 ? plant.kinds : only;
  const of = <F extends { readonly name: string }>(faults: readonly F[]): F[] => faults.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
  const folder = keep === undefined ? await mkdtemp(join(tmpdir(), 'docket-faults-')) : resolve(keep);
  mkdirSync(folder, { recursive: true });
  let isWell = false;
  try {
    const dist = plant !== undefined ? plantedBuild(plant, folder) : other !== undefined ? otherBuild(other, folder) : DIST;
    const common = { seed, grants, pauseMs, shared, say, signal: interrupted(), dist };
    const onKafka = of(other === undefined ? FAULTS : [...FAULTS, buildChanged([dist, DIST])]);
    const embedded = other === undefined ? of(EMBEDDED_FAULTS) : [];
    const kafka = findKafka({});
    isWell = true;
    say(`seed ${seed}; ${folder}`);
    if (onKafka.length > 0 && !kafka.available) say(`three brokers and three deciders: skipped, ${kafka.why}`);
    if (onKafka.length > 0 && kafka.available) isWell = await campaign('three deciders on three Kafka brokers', { ...common, folder: join(folder, 'kafka'), start: Installation.start, faults: onKafka, durationMs: minutes * 60_000 }, plant);
    if (embedded.length > 0 && !common.signal.aborted) isWell = await campaign('one decider on PostgreSQL', { ...common, folder: join(folder, 'embedded'), start: Embedded.start, faults: embedded, durationMs: 0 }, plant) && isWell;
    return isWell ? 0 : 1;
  } catch (error) {
    isWell = false;
    process.stderr.write(`the campaign did not come to its end: ${(error as Error).stack ?? String(error)}\n`);
    return 1;
  } finally {
    if (!isWell || keep !== undefined) say(`evidence and logs: ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs it and prints what the checker says; true if all is as it should be. */
async function campaign<S extends Site>(name: string, options: CampaignOptions<S>, plant: PlantedFault | undefined): Promise<boolean> {
  const fromMs = performance.now();
  say(`${name}: ${options.faults.length} kinds of faults${options.durationMs === 0 ? ', each once' : ` for ${options.durationMs / 60_000} minutes`}`);
  const outcome = await runCampaign(options);
  process.stdout.write(`${name}: seed ${options.seed}, ${((performance.now() - fromMs) / 60_000).toFixed(1)} minutes, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown kind'}\n\n${reportText(outcome.report)}\n\n`);
  for (const problem of outcome.unserved) process.stdout.write(`NOT BACK: ${problem}\n`);
  return plant === undefined ? outcome.report.findings.total === 0 && outcome.unserved.length === 0 : wasCaught(plant, outcome);
}

/** A planted fault is caught when one of the promises that it breaks is found broken. */
function wasCaught({ name, breaks }: PlantedFault, { report: { findings } }: Outcome): boolean {
  const found = breaks.filter((property) => findings.counts.has(property));
  process.stdout.write(found.length > 0 ? `caught: "${name}" breaks ${found.join(', ')}\n` : `NOT CAUGHT: "${name}" should break ${breaks.join(' or ')}\n`);
  return found.length > 0;
}

function interrupted(): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(1);
      say('ending after this fault; what was done until now is judged; a second signal exits at once');
      abort.abort();
    });
  }
  return abort.signal;
}

process.exitCode = await run();
process.exit();
