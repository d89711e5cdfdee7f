import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { HistoryLine } from './checker/evidence.js';

type Untimed<L> = L extends { readonly at_ms: number } ? Omit<L, 'at_ms'> : never;

/** One client's history, written as it happens: a line for each thing, in its order. */
export class HistoryFile {
  readonly #stream: WriteStream;

  constructor(folder: string, name: string) {
    this.#stream = createWriteStream(join(folder, `history-${name}.jsonl`));
  }

  write(line: Untimed<HistoryLine>): void {
    this.#stream.write(`${JSON.stringify({ ...line, at_ms: Date.now() })}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.once('error', reject);
      this.#stream.end(resolve);
    });
  }
}
