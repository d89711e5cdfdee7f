import type { HistoryFile } from '../history-file.js';
import type { Installation } from '../installation.js';
import type { Random } from '../random.js';

export interface Scene<S = Installation> {
  readonly installation: S;
  readonly random: Random;
  readonly history: HistoryFile;
  /** Resolves after so long, or when the campaign is given up. */
  readonly hold: (ms: number) => Promise<void>;
}

/** One way in which things go wrong. `inject` breaks something, holds it so for a while, and mends it again. */
export interface Fault<S = Installation> {
  /** As the table names it. */
  readonly name: string;
  /** What a reader of the table should know of it. */
  readonly what: string;
  inject(scene: Scene<S>): Promise<void>;
}
