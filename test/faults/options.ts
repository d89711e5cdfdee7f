import { parseArgs } from 'node:util';
import { BUILD_CHANGED } from './kinds/build-changed.js';
import { FAULTS } from './kinds/catalogue.js';
import { EMBEDDED_FAULTS } from './kinds/embedded.js';
import { PLANTED } from './planted/faults.js';
import type { PlantedFault } from './planted/faults.js';

export const USAGE = `Usage: npm run test:faults [-- --minutes N] [--seed S] [--only NAME,...] [--grants N] [--pause MS] [--keep FOLDER] [--plant NAME] [--other-build BUILD]

Starts three Kafka brokers, three deciders, a projector and PostgreSQL on this machine, runs a random load through real clients, breaks one thing after
another, and has a checker that shares no code with Docket judge the exported log and what the clients were told. Then the same with one decider on a
PostgreSQL log, whose disk gets full.

  --minutes N    how long faults are injected; every kind comes at least once (default: once through all kinds)
  --seed S       of the load and of the faults' order (default: the time)
  --only NAMES   only kinds whose names contain one of these
  --grants N     grants at a time, a caller for each (default 24)
  --pause MS     mean pause of a caller between two calls (default 60)
  --keep FOLDER  where everything is kept; without it, evidence stays only if something was broken
  --plant NAME   changes one line of the service and expects the checker to find it out; --list prints the names
  --other-build BUILD   all begin as another build of Docket and change to this one under load, and back: the kind "build changed". BUILD is a folder (a checkout
                 that was built, or its dist), a revision in this checkout's history, or "previous" (the release before); on Kafka only
  --no-shared    no limits that many grants share, for a build from before there were any
  --list         prints the kinds of faults, and those that can be planted`;

export interface Options {
  /** 0: once through all kinds. */
  readonly minutes: number;
  readonly seed: number;
  readonly only: readonly string[];
  readonly grants: number;
  readonly pauseMs: number;
  readonly keep: string | undefined;
  readonly plant: PlantedFault | undefined;
  readonly otherBuild: string | undefined;
  /** Whether policies have limits that many grants share. */
  readonly shared: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

/** Throws an error for people for what is no option. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string', multiple: true }, grants: { type: 'string' }, pause: { type: 'string' }, keep: { type: 'string' }, plant: { type: 'string' }, 'other-build': { type: 'string' }, 'no-shared': { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  const number = (name: 'minutes' | 'seed' | 'grants' | 'pause', fallback: number, min: number, max: number): number => {
    const value = values[name] === undefined ? fallback : Number(values[name]);
    if (!(value >= min && value <= max)) throw new Error(`--${name}: found "${values[name]}", expected ${min} to ${max}`);
    return value;
  };
  const otherBuild = values['other-build'];
  const only = (values.only ?? []).flatMap((names) => names.split(',')).map((name) => name.trim()).filter((name) => name !== '');
  for (const name of only) if (![...FAULTS, ...EMBEDDED_FAULTS, ...(otherBuild === undefined ? [] : [BUILD_CHANGED])].some((fault) => fault.name.includes(name))) throw new Error(`--only: no kind of fault is named "${name}"; --list prints them`);
  const plant = PLANTED.find(({ name }) => name === values.plant);
  if (values.plant !== undefined && plant === undefined) throw new Error(`--plant: "${values.plant}" is not the name of a planted fault; --list prints them`);
  if (plant !== undefined && otherBuild !== undefined) throw new Error('--plant and --other-build: found both, expected one of them');
  return {
    minutes: number('minutes', 0, 0, 10_000), seed: Math.floor(number('seed', Date.now() % 1_000_000, 0, 2 ** 32 - 1)), only, grants: Math.floor(number('grants', 24, 4, 500)), pauseMs: number('pause', 60, 0, 60_000),
    keep: values.keep, plant, otherBuild, shared: values['no-shared'] !== true, list: values.list === true, help: values.help === true,
  };
}
