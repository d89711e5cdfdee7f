import { mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';
import { DocketError } from '#errors';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: string;
  /** The app that writes: `decider`, `projector`, `standalone`. */
  readonly app: string;
  readonly node?: string;
  /** Lines go to this file instead of standard output. It begins anew at a start that finds it large. */
  readonly file?: string;
  /** Where the lines go instead, for specs. */
  readonly destination?: DestinationStream;
}

const CHUNK_BYTES = 8 * 1024;
const FLUSH_EVERY_MS = 250;
const FILE_BYTES_MAX = 50 * 1024 * 1024;

/** One JSON object a line. Callers pass facts, never arguments, tokens or secrets. Written in chunks, off the decision path. */
export function createLogger(options: LoggerOptions): Logger {
  return pino({
    level: options.level,
    base: options.node === undefined ? { app: options.app } : { app: options.app, node: options.node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }, options.destination ?? openDestination(options.file));
}

function openDestination(file: string | undefined): DestinationStream {
  if (file !== undefined && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > FILE_BYTES_MAX) renameSync(file, `${file}.1`);
  const destination = pino.destination({ dest: file === undefined ? 1 : openFile(file), sync: false, minLength: CHUNK_BYTES });
  // Standard output may be closed under us (`| head`): that is no reason to stop deciding.
  destination.on('error', () => undefined);
  // A busy service writes when a chunk is full; a quiet one must not keep its last lines to itself.
  setInterval(() => destination.flush(), FLUSH_EVERY_MS).unref();
  process.on('exit', () => {
    try {
      destination.flushSync();
    } catch {
      // Closed: nothing is left to tell it to.
    }
  });
  return destination;
}

/** Open before the first line: a start that fails at once must be able to flush, and a file that cannot be is told at once. */
function openFile(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, 'a', 0o600);
  } catch (cause) {
    throw new DocketError('failed_precondition', { reason: 'LOG_FILE_UNUSABLE', message: `the log file ${file} cannot be opened: ${(cause as NodeJS.ErrnoException).code}`, cause });
  }
}
