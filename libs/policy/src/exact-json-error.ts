export type ExactJsonProblem =
  | 'too_large'
  | 'not_utf8'
  | 'malformed'
  | 'duplicate_key'
  | 'too_deep'
  | 'number_out_of_range'
  | 'lone_surrogate';

/** Why a text is not accepted, and where. The message holds keys of the document at most, never its values. */
export class ExactJsonError extends Error {
  constructor(
    readonly reason: ExactJsonProblem,
    /** What was expected. */
    readonly expected: string,
    /** JSON pointer of the value that holds the problem, shortened. */
    readonly pointer: string,
    /** From 1; 0 if the text was not looked at. */
    readonly line: number,
    readonly column: number,
  ) {
    super(`${expected}${line > 0 ? ` (line ${line}, column ${column}${pointer === '' ? '' : `, in ${pointer}`})` : ''}`);
    this.name = 'ExactJsonError';
  }

  /** For a field violation or a log line. */
  get where(): string {
    return this.line > 0 ? `line ${this.line}, column ${this.column}` : '';
  }
}
