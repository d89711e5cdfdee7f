/** One line of the table: what was measured, with what came out of the contract's first measurement beside it. */
export interface TokenRow {
  readonly what: string;
  readonly figure: string;
  /** The same on another implementation, or as it was when the contract was written. */
  readonly beside: string;
}

export function tableOf(rows: readonly TokenRow[]): string {
  const cells = [['what', 'Docket', 'beside it'], ...rows.map(({ what, figure, beside }) => [what, figure, beside])];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]!.length)));
  const line = (texts: readonly string[]): string => `| ${texts.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(cells[0]!), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...cells.slice(1).map(line)].join('\n');
}

/** The value below which this part of them lies. Sorts in place. */
export function quantile(values: number[], part: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;
}
