import { DocketError } from '#errors';
import { CliError } from './cli-error.js';
import { EXIT } from './exit-codes.js';

/** What a socket's failure is called, and SQLSTATE classes that say the server has no time or place: connection, resources, intervention, system. */
const AWAY = /^(?:E[A-Z_]+|08...|53...|57...|58...)$/;
/** pg has no code for these. */
const AWAY_TEXT = /timeout expired|timeout exceeded|Connection terminated|Query read timeout|server closed the connection/;

/** Whether trying again later may help. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DocketError) return error.kind === 'unavailable';
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return (typeof code === 'string' && AWAY.test(code)) || (typeof message === 'string' && AWAY_TEXT.test(message));
}

export const isUndefinedTable = (error: unknown): boolean => (error as { code?: unknown } | undefined)?.code === '42P01';

/** An error of the projections' database or log as the command says it. Anything else stays as it is. */
export function projectionError(error: unknown): unknown {
  if (error instanceof CliError) return error;
  if (error instanceof DocketError) {
    const details = error.violations.length === 0 ? {} : { details: { code: 0, message: '', reason: error.reason, domain: '', metadata: {}, violations: [...error.violations], retryAfterMs: null } };
    return new CliError(error.message, { code: error.kind.toUpperCase(), exitCode: error.kind === 'unavailable' ? EXIT.unavailable : error.kind === 'invalid_argument' ? EXIT.usage : EXIT.error, ...details });
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code);
  if (isUnavailable(error)) return new CliError(`the database cannot be reached: ${text}`, { code: 'UNAVAILABLE', exitCode: EXIT.unavailable });
  if (typeof code !== 'string') return error;
  // undefined_table, invalid_schema_name: nothing was ever projected into this database.
  if (code === '42P01' || code === '3F000') return new CliError('nothing is projected into this database yet: start Docket (npm start) or the projector on it', { code: 'NOT_FOUND', exitCode: EXIT.error });
  if (/^28...$/.test(code)) return new CliError(`the database refuses this login: ${text}`, { code: 'UNAUTHENTICATED', exitCode: EXIT.error });
  if (code === '42501') return new CliError(`the database refuses: ${text}; this command needs the role that Docket itself uses`, { code: 'PERMISSION_DENIED', exitCode: EXIT.error });
  if (/^[0-9A-Z]{5}$/.test(code)) return new CliError(`the database answers: ${text}`, { code: code === '3D000' ? 'NOT_FOUND' : 'INTERNAL', exitCode: EXIT.error });
  return error;
}
