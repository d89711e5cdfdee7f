import type { QueryArrayResult } from 'pg';

/** Types that psql sets to the right: numbers. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);

/** A result as psql prints it. Its values must be the server's own texts. */
export function psqlTable({ fields, rows }: QueryArrayResult<(string | null)[]>): string {
  const widths = fields.map(({ name }, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const header = fields.map(({ name }, column) => centred(name, widths[column]!)).join(' | ');
  const line = (row: (string | null)[]): string => row.map((value, column) => (NUMBERS.has(fields[column]!.dataTypeID) ? (value ?? '').padStart(widths[column]!) : (value ?? '').padEnd(widths[column]!))).join(' | ');
  const rule = widths.map((width) => '-'.repeat(width + 2)).join('+');
  const [first, ...others] = [header, ...rows.map(line)].map((text) => ` ${text}`.trimEnd());
  return `${[first, rule, ...others].join('\n')}\n(${rows.length} row${rows.length === 1 ? '' : 's'})\n`;
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - text.length) / 2);
  return `${' '.repeat(left)}${text}`.padEnd(width);
}
