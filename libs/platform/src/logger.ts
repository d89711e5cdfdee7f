import { pino } from 'pino';
import type { DestinationStream, Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: string;
  /** The app that writes: `decider`, `projector`, `standalone`. */
  readonly app: string;
  readonly node?: string;
  /** Where the lines go; by default standard output, written in chunks off the decision path. */
  readonly destination?: DestinationStream;
}

const CHUNK_BYTES = 8 * 1024;
const FLUSH_EVERY_MS = 250;

/** One JSON object a line. Callers pass facts, never arguments, tokens or secrets. `flush()` writes what is buffered. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: false, minLength: CHUNK_BYTES });
  const logger = pino({
    level: options.level,
    base: options.node === undefined ? { app: options.app } : { app: options.app, node: options.node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }, destination);
  if (options.destination === undefined) {
    // A busy service writes when a chunk is full; a quiet one must not keep its last lines to itself.
    setInterval(() => logger.flush(), FLUSH_EVERY_MS).unref();
    process.on('exit', () => flushNow(destination));
  }
  return logger;
}

function flushNow(destination: DestinationStream): void {
  try {
    (destination as { flushSync?: () => void }).flushSync?.();
  } catch {
    // Standard output may be closed, or not open yet: nothing is left to tell it to.
  }
}
