import { simulate, simulateTruncation } from './simulate.js';
import { Violation } from './oracle.js';

/** `main.js <first seed> <count> [<time limit in ms>]`: runs seeds until a violation, then prints one line of JSON. */
const [first, count, limitMs = 600_000] = process.argv.slice(2).map(Number) as [number, number, number?];
// Thousands of refused commands: their stacks cost more than the simulation.
Error.stackTraceLimit = 3;
const startedAt = Date.now();
let ran = 0;
let result: Record<string, unknown> = {};
const totals: Record<string, number> = {};
process.on('uncaughtException', (error) => fail(first + ran, error));
process.on('unhandledRejection', (error) => fail(first + ran, error));

function fail(seed: number, error: unknown): never {
  result = { seed, invariant: error instanceof Violation ? error.invariant : 'crash', message: error instanceof Error ? (error instanceof Violation ? error.message : error.stack) : String(error) };
  process.stdout.write(`${JSON.stringify({ ran, ms: Date.now() - startedAt, ...result, totals })}\n`);
  process.exit(0);
}

for (; ran < count && Date.now() - startedAt < limitMs; ran += 1) {
  const seed = first + ran;
  try {
    if (seed % 10 === 9) await simulateTruncation(seed);
    else for (const [name, value] of Object.entries(await simulate(seed))) totals[name] = (totals[name] ?? 0) + value;
  } catch (error) {
    fail(seed, error);
  }
}
process.stdout.write(`${JSON.stringify({ ran, ms: Date.now() - startedAt, totals })}\n`);
