import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * What a campaign leaves behind and the checker judges: a folder of JSON lines. Times are ms since 1970 by the machine's clock, hashes lower-case
 * hex, amounts decimals as text.
 *
 *   log/TOPIC-PARTITION.jsonl   every record, in order, byte for byte (`RawRecord`)
 *   ends.json                   where the brokers said that each partition ends (`PartitionEnd[]`)
 *   history-*.jsonl             what clients asked and were told, when, and what was done to the installation (`HistoryLine`)
 *   resumes.jsonl               where snapshots and projections say that they stand (`ClaimedResume`), if there were any
 *   decisions.jsonl, windows.jsonl   rows of the projections (`ProjectedDecision`, `ProjectedWindow`), if there were any
 */
export interface RawRecord { readonly offset: number; readonly timestamp_ms: number; /** base64; null: a record without a value. */ readonly value: string | null }
export interface PartitionEnd { readonly topic: string; readonly partition: number; readonly end: number }
export interface Receipt { readonly topic: string; readonly partition: number; readonly offset: number; readonly hash: string }

export type HistoryLine =
  | { readonly kind: 'asked'; readonly at_ms: number; readonly grant: string; readonly call_id: string; readonly tool: string; readonly session: string; readonly agent: string; readonly amount: string | null }
  | {
    readonly kind: 'answered'; readonly at_ms: number; readonly grant: string; readonly call_id: string; readonly verdict: string; readonly rule: string; readonly replayed: boolean;
    readonly policy_version: string; readonly decided_at_ms: number; readonly receipt: Receipt;
  }
  /** The call brought no verdict: it was not decided (and will not be unless it is asked again), or nobody knows. */
  | { readonly kind: 'undecided'; readonly at_ms: number; readonly grant: string; readonly call_id: string; readonly outcome: 'not_decided' | 'unknown'; readonly reason: string }
  | { readonly kind: 'settled'; readonly at_ms: number; readonly grant: string; readonly call_id: string; readonly outcome: string; readonly receipt: Receipt }
  /** In force everywhere, said the service. `version` and `policy_id` of a policy, `grant` of a revoked grant. */
  | { readonly kind: 'edited'; readonly at_ms: number; readonly registry_offset: number; readonly policy_id?: string; readonly version?: string; readonly revoked_grant?: string }
  | { readonly kind: 'fault'; readonly at_ms: number; readonly name: string; readonly phase: 'began' | 'healed' | 'over' }
  /** A record that the campaign itself put into the log, as a stranger would. */
  | { readonly kind: 'planted'; readonly at_ms: number; readonly topic: string; readonly partition: number; readonly what: string }
  /** The load began or ended here: outside nobody asked. */
  | { readonly kind: 'load'; readonly at_ms: number; readonly phase: 'began' | 'ended' };

export interface ClaimedResume {
  readonly source: string; readonly topic: string; readonly partition: number;
  readonly offset: number; readonly epoch: number; readonly nonce: string; readonly sequence: number; readonly head: string; readonly time_ms: number;
}
export interface ProjectedDecision { readonly partition: number; readonly offset: number; readonly call_id: string; readonly grant_id: string; readonly verdict: string; readonly policy_version: string; readonly decided_at_ms: number; readonly outcome: string | null }
/** `window_end_ms` 0: a sliding counter's row, `used` as it was at its newest charge or refund. */
export interface ProjectedWindow { readonly partition: number; readonly counter: string; readonly window_end_ms: number; readonly used: string }

export interface PartitionFile { readonly topic: string; readonly partition: number; readonly file: string }

/** An evidence folder, read line by line. */
export class Evidence {
  constructor(private readonly folder: string) {}

  /** Throws if there is no log in it. */
  partitions(): PartitionFile[] {
    const found = readdirSync(join(this.folder, 'log')).map((name) => {
      const match = /^(.+)-(\d+)\.jsonl$/.exec(name);
      if (match === null) throw new Error(`${join(this.folder, 'log', name)}: expected TOPIC-PARTITION.jsonl`);
      return { topic: match[1]!, partition: Number(match[2]), file: join(this.folder, 'log', name) };
    });
    if (found.length === 0) throw new Error(`${join(this.folder, 'log')}: expected a file for each partition, found none`);
    return found.sort((a, b) => (a.topic < b.topic ? 1 : a.topic > b.topic ? -1 : a.partition - b.partition));
  }

  ends(): PartitionEnd[] {
    return JSON.parse(readFileSync(join(this.folder, 'ends.json'), 'utf8')) as PartitionEnd[];
  }

  async *history(): AsyncGenerator<HistoryLine> {
    for (const name of readdirSync(this.folder).filter((file) => /^history-.*\.jsonl$/.test(file)).sort()) yield* linesOf<HistoryLine>(join(this.folder, name));
  }

  /** Nothing of what was not exported. */
  optional<T>(name: 'resumes' | 'decisions' | 'windows'): AsyncGenerator<T> {
    return linesOf<T>(join(this.folder, `${name}.jsonl`), true);
  }

  has(name: 'resumes' | 'decisions' | 'windows'): boolean {
    return existsSync(join(this.folder, `${name}.jsonl`));
  }
}

export async function* linesOf<T>(file: string, mayBeMissing = false): AsyncGenerator<T> {
  if (mayBeMissing && !existsSync(file)) return;
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (line === '') continue;
    try {
      yield JSON.parse(line) as T;
    } catch {
      throw new Error(`${file}:${number}: expected a line of JSON`);
    }
  }
}
