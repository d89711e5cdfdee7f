import { Decimal, addExact, compareExact, exactText, parseExactNumber, type ExactNumber } from '#policy';
import type { ArgumentRows } from './argument-rows.js';

/** A figure of the call that waits beside those of earlier calls. */
export interface Usual {
  /** The argument: `amount`; of a list, how many entries it has. */
  readonly what: string;
  readonly now: string;
  readonly smallest: string;
  readonly largest: string;
  /** How many earlier calls the range is of. */
  readonly calls: number;
  /** Half of them had no more; '' where that is not known. */
  readonly median: string;
  readonly place: 'above' | 'below' | 'within';
  /** How many times the largest of them, rounded down; 0 unless it is at least twice that. */
  readonly times: number;
}

const FIGURES_MAX = 12;

/** Numbers and lengths of lists among the arguments, each beside what earlier calls had at the same place. */
export function usualFigures(now: ArgumentRows, earlier: readonly ArgumentRows[]): Usual[] {
  const figures = figuresOf(now);
  const before = earlier.map(figuresOf);
  return [...figures].flatMap(([what, value]) => {
    const values = before.flatMap((one) => one.get(what) ?? []).sort(compareExact);
    return values.length === 0 ? [] : [beside(what, value, values[0]!, values.at(-1)!, values.length, '')];
  }).slice(0, FIGURES_MAX);
}

/** The same from figures that the service has: exact decimals as text. undefined if one of them is no number. */
export function usualAmount(what: string, now: string, had: { readonly smallest: string; readonly median: string; readonly largest: string; readonly calls: number }): Usual | undefined {
  const [value, smallest, largest] = [now, had.smallest, had.largest].map(parsed);
  return value === undefined || smallest === undefined || largest === undefined ? undefined : beside(what, value, smallest, largest, had.calls, parsed(had.median) === undefined ? '' : text(parsed(had.median)!));
}

function beside(what: string, value: ExactNumber, smallest: ExactNumber, largest: ExactNumber, calls: number, median: string): Usual {
  const place = compareExact(value, largest) > 0 ? 'above' : compareExact(value, smallest) < 0 ? 'below' : 'within';
  return { what, now: text(value), smallest: text(smallest), largest: text(largest), calls, median, place, times: place === 'above' ? timesOf(value, largest) : 0 };
}

function figuresOf({ rows, lists }: ArgumentRows): Map<string, ExactNumber> {
  const figures = new Map<string, ExactNumber>();
  for (const { path, type, value } of rows) {
    const number = type === 'number' ? parsed(value) : undefined;
    if (number !== undefined) figures.set(path, number);
  }
  for (const [path, length] of lists) figures.set(`entries of ${path === '' ? 'the arguments' : path}`, length);
  return figures;
}

const TIMES_SHOWN_MAX = 1_000;

/** By adding: exact, and soon over. */
function timesOf(value: ExactNumber, largest: ExactNumber): number {
  if (compareExact(largest, 0) <= 0) return 0;
  let times = 0;
  try {
    for (let sum = largest; times < TIMES_SHOWN_MAX && compareExact(sum, value) <= 0; sum = addExact(sum, largest)) times += 1;
  } catch (error) {
    // Beyond all bounds: so many times at least.
    if (!(error instanceof RangeError)) throw error;
  }
  return times >= 2 ? times : 0;
}

function parsed(literal: string): ExactNumber | undefined {
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(literal) ? parseExactNumber(literal) : undefined;
}

function text(value: ExactNumber): string {
  return value instanceof Decimal ? exactText(value) : String(value);
}
