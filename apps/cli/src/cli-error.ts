import type { StatusDetails } from '#contracts';
import { pauseText } from './duration-text.js';
import { EXIT } from './exit-codes.js';
import { plain } from './terminal.js';

/** Ends the command with one clear line (and, for a service's error, its details). */
export class CliError extends Error {
  readonly exitCode: number;
  /** gRPC's name of the status, or `USAGE`. */
  readonly code: string;
  readonly details: StatusDetails | undefined;

  constructor(message: string, options: { exitCode?: number; code?: string; details?: StatusDetails } = {}) {
    super(message);
    this.name = 'CliError';
    this.exitCode = options.exitCode ?? EXIT.usage;
    this.code = options.code ?? 'USAGE';
    this.details = options.details;
  }

  /** For people: a line, then one for each violation. */
  toText(): string {
    const { details } = this;
    const reason = details?.reason ? ` (${details.reason})` : '';
    const lines = [`${this.code === 'USAGE' ? '' : `${this.code}${reason}: `}${plain(this.message)}`];
    for (const { field, description } of details?.violations ?? []) lines.push(plain(`  ${field || '(request)'}: ${description}`));
    const leftOut = details?.metadata['violations_left_out'];
    if (leftOut !== undefined) lines.push(plain(`  … and ${leftOut} more`));
    if (details !== undefined && details.retryAfterMs !== null) lines.push(`  try again in ${pauseText(details.retryAfterMs)}`);
    return lines.join('\n');
  }

  /** For programs: the fields of google.rpc.Status and its details, by the names of their JSON form. */
  toJson(): Record<string, unknown> {
    const { details } = this;
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(details === undefined ? {} : {
          reason: details.reason,
          domain: details.domain,
          metadata: details.metadata,
          fieldViolations: details.violations,
          ...(details.retryAfterMs === null ? {} : { retryDelay: `${details.retryAfterMs / 1000}s` }),
        }),
      },
    };
  }
}
