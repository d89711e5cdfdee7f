import type { Report } from './check.js';
import { PROPERTIES, PROPERTY_NAMES } from './findings.js';

/** For people: the table of faults, what was looked at, each property with its outcome, and the first findings in words. */
export function reportText(report: Report): string {
  const { findings, records, claims, voids, calls, answers, recorded, verdicts, shares, givenBack, endedIds, edits, signedHeads, resumes, rows, aheadMs, behindMs } = report;
  const kinds = Object.entries(verdicts).sort().map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  return [
    faultRows(report),
    '',
    `${calls} calls, ${answers} answers; ${recorded} verdicts in the log (${kinds}); ${records} records, ${claims} claims, ${voids} void; ${edits} edits`,
    `${shares} shares of what many grants have were taken, ${givenBack} given back, ${endedIds} ids ended`,
    `${signedHeads} signed heads, ${resumes} snapshots and checkpoints, ${rows} rows compared; event time at most ${aheadMs} ms before and ${behindMs} ms after the log's`,
    '',
    ...PROPERTY_NAMES.map((property) => {
      const count = findings.counts.get(property) ?? 0;
      if (property === 'projections-agree' && rows === 0 && count === 0) return `unseen  ${property}: there are no rows to compare`;
      return `${count === 0 ? 'holds ' : 'BROKEN'}  ${property}: ${PROPERTIES[property]}${count === 0 ? '' : ` (${count} times)`}`;
    }),
    ...findings.kept.map(({ property, what }) => `  ${property}: ${what}`),
  ].join('\n');
}

function faultRows({ faults }: Report): string {
  const header = ['fault', 'times', 'calls', 'answers', 'unknown', 'not decided', 'lost', 'doubled', 'over limit', 'longest time without service'];
  const rows = faults.map((row) => [
    row.fault, String(row.times), String(row.calls), String(row.answered), String(row.unknown), String(row.notDecided), String(row.lost), String(row.doubled), String(row.overLimit), `${(row.longestGapMs / 1_000).toFixed(1)} s`,
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  return [line(header), `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`, ...rows.map(line)].join('\n');
}
