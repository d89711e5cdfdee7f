import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from './cli-error.js';
import { readAll, type Terminal } from './terminal.js';

/** Far above what the service takes, so that the service's own limits answer; below what would hurt here. */
const BYTES_MAX = 16 * 1024 * 1024;

/** A file's bytes, or those of the standard input for `-`. */
export async function readInput(name: string, terminal: Terminal): Promise<Buffer> {
  let bytes;
  try {
    bytes = await readAll(name === '-' ? terminal.stdin : createReadStream(resolve(terminal.cwd, name)), BYTES_MAX);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(code === 'ENOENT' ? `no file ${name}` : `cannot read ${name}: ${code ?? (error as Error).message}`);
  }
  if (bytes === undefined) throw new CliError(`${name === '-' ? 'the standard input' : name} is larger than ${BYTES_MAX / 1024 / 1024} MiB`);
  return bytes;
}
