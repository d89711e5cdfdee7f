import { randomInt } from 'node:crypto';
import { Random } from './random.js';

/** FUZZ_SEED repeats a run; FUZZ_ONLY=<area>/<number> repeats one input of it; FUZZ_FACTOR multiplies how many there are. */
export const SEED = process.env['FUZZ_SEED'] ?? String(randomInt(2 ** 31));
const ONLY = process.env['FUZZ_ONLY'];
const FACTOR = Number(process.env['FUZZ_FACTOR'] ?? '1');

export function replayHint(area: string, index: number): string {
  return `replay with FUZZ_SEED=${SEED} FUZZ_ONLY=${area}/${index}`;
}

function numbers(area: string, count: number): number[] {
  if (ONLY !== undefined) return ONLY.startsWith(`${area}/`) ? [Number(ONLY.slice(area.length + 1))] : [];
  return Array.from({ length: Math.ceil(count * FACTOR) }, (_, index) => index);
}

function failed(area: string, index: number, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${area}: input ${index}: ${message}\n${replayHint(area, index)}`, { cause });
}

/** Calls `check` with that many inputs' generators, in this process; returns how many there were. */
export function fuzz(area: string, count: number, check: (random: Random, index: number) => void): number {
  const inputs = numbers(area, count);
  for (const index of inputs) {
    try {
      check(new Random(`${SEED}/${area}/${index}`), index);
    } catch (error) {
      throw failed(area, index, error);
    }
  }
  announce(area, inputs.length);
  return inputs.length;
}

/** The same for checks that wait, with `inFlight` of them at a time. */
export async function fuzzAsync(area: string, count: number, inFlight: number, check: (random: Random, index: number) => Promise<void>): Promise<number> {
  const inputs = numbers(area, count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < inputs.length) {
      const index = inputs[next++] as number;
      try {
        await check(new Random(`${SEED}/${area}/${index}`), index);
      } catch (error) {
        next = inputs.length;
        throw failed(area, index, error);
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: inFlight }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  announce(area, inputs.length);
  return inputs.length;
}

/** Straight to the terminal: Jest prefixes console lines with a stack. */
function announce(area: string, count: number): void {
  process.stdout.write(`fuzz ${area}: ${count} inputs, FUZZ_SEED=${SEED}\n`);
}
