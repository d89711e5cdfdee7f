import type { Measurement } from './run-job.js';
import { median, spread } from './statistics.js';

/** All rounds of one lane at one concurrency. */
export interface Series {
  readonly peer: string;
  readonly mode: string;
  readonly concurrency: number;
  readonly note?: string;
  readonly rounds: readonly Measurement[];
}

export interface Row {
  readonly mode: string;
  readonly concurrency: number;
  readonly peer: string;
  readonly decisionsPerSecond: number;
  readonly spread: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuPer10k: number;
  readonly generatorCpuPer10k: number;
  /** Decisions a second compared with the reference in the same mode and at the same concurrency; null without one. */
  readonly ratio: number | null;
  /** The same, compared with the reference's unary calls, one decision each: the reference has no stream of its own. */
  readonly ratioToUnary: number | null;
  /** Calls that were not answered with an ALLOW. */
  readonly failed: number;
}

export const REFERENCE_SUFFIX = '(audit off)';

function rate(round: Measurement): number {
  return round.elapsedMs > 0 ? (round.decisions / round.elapsedMs) * 1000 : 0;
}

function per10k(seconds: number, round: Measurement): number {
  return round.decisions > 0 ? (seconds / round.decisions) * 10_000 : 0;
}

export function rowsOf(all: readonly Series[]): Row[] {
  const rateOf = (series: Series) => median(series.rounds.map(rate));
  return all.filter((series) => series.rounds.length > 0).map((series) => {
    const ratioTo = (mode: string): number | null => {
      const reference = all.find((other) =>
        other.peer.endsWith(REFERENCE_SUFFIX) && other.mode === mode && other.concurrency === series.concurrency && other.rounds.length > 0);
      return reference ? rateOf(series) / rateOf(reference) : null;
    };
    const of = (read: (round: Measurement) => number) => median(series.rounds.map(read));
    return {
      mode: series.mode, concurrency: series.concurrency, peer: series.peer,
      decisionsPerSecond: rateOf(series), spread: spread(series.rounds.map(rate)),
      p50Ms: of((round) => round.latency.p50Ms), p99Ms: of((round) => round.latency.p99Ms),
      serverCpuPer10k: of((round) => per10k(round.serverCpuSeconds, round)),
      generatorCpuPer10k: of((round) => per10k(round.generatorCpuSeconds, round)),
      ratio: ratioTo(series.mode),
      ratioToUnary: ratioTo('unary'),
      failed: series.rounds.reduce((sum, round) => sum + round.sent - round.allowed, 0),
    };
  });
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['mode', (row) => row.mode],
  ['in flight', (row) => String(row.concurrency)],
  ['server', (row) => row.peer],
  ['decisions/s', (row) => Math.round(row.decisionsPerSecond).toLocaleString('en-US')],
  ['±', (row) => `${Math.round(row.spread * 100)} %`],
  ['p50 ms', (row) => row.p50Ms.toFixed(2)],
  ['p99 ms', (row) => row.p99Ms.toFixed(2)],
  ['server CPU s/10k', (row) => row.serverCpuPer10k.toFixed(2)],
  ['load CPU s/10k', (row) => row.generatorCpuPer10k.toFixed(2)],
  ['× Cerbos, audit off', (row) => shown(row.ratio)],
  ['× its unary', (row) => shown(row.ratioToUnary)],
  ['not ALLOW', (row) => String(row.failed)],
];

function shown(ratio: number | null): string {
  return ratio === null ? '–' : ratio.toFixed(2);
}

/** A Markdown table of the rows, the fastest first within each mode and concurrency. */
export function tableOf(rows: readonly Row[]): string {
  const ordered = [...rows].sort((a, b) => a.mode.localeCompare(b.mode) * -1 || a.concurrency - b.concurrency || b.decisionsPerSecond - a.decisionsPerSecond);
  return alignedTable(COLUMNS.map(([title]) => title), ['mode', 'server'], ordered.map((row) => COLUMNS.map(([, show]) => show(row))));
}

/** A Markdown table, aligned so that it reads in a terminal too: columns of text to the left, all others to the right. */
export function alignedTable(titles: readonly string[], textColumns: readonly string[], rows: readonly (readonly string[])[]): string {
  const isText = titles.map((title) => textColumns.includes(title));
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (texts: readonly string[]) => `| ${texts.map((text, column) => (isText[column] ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (isText[column] ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(titles), rule, ...rows.map(line)].join('\n');
}
