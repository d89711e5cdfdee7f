import type { Evidence, HistoryLine, Receipt } from './evidence.js';

type Line<K extends HistoryLine['kind']> = Extract<HistoryLine, { kind: K }>;
export type Answer = Line<'answered'>;
export type Edit = Line<'edited'>;

/** One clock tells when a call was asked and when its record was appended, in whichever partition; it may be set by this much. */
export const CLOCK_MS = 20;

/** What clients know of one call. */
export interface Asked {
  readonly grant: string;
  readonly callId: string;
  readonly tool: string;
  readonly session: string;
  readonly agent: string;
  readonly amount: string | null;
  readonly firstAskedMs: number;
  /** In the order of time: each asking, and what came of it. */
  readonly turns: (Answer | Line<'undecided'> | Line<'asked'>)[];
  readonly settlements: { readonly outcome: string; readonly receipt: Receipt }[];
}

/** A fault, from its beginning until the service was whole again; open-ended if the campaign ended before. */
export interface Episode { readonly name: string; readonly beganMs: number; healedMs: number; overMs: number }

/** Everything the clients and the campaign wrote down. */
export class History {
  readonly calls = new Map<string, Asked>();
  readonly edits: Edit[] = [];
  readonly episodes: Episode[] = [];
  readonly planted: Line<'planted'>[] = [];
  beganMs = Infinity;
  endedMs = 0;

  static async read(evidence: Evidence): Promise<History> {
    const history = new History();
    const lines: HistoryLine[] = [];
    for await (const line of evidence.history()) lines.push(line);
    // Several files are one history: a stable sort keeps what one client wrote in one millisecond in its order.
    for (const line of lines.sort((a, b) => a.at_ms - b.at_ms)) history.#take(line);
    history.edits.sort((a, b) => a.at_ms - b.at_ms);
    return history;
  }

  /** A call id is unique for its grant. */
  static key(grant: string, callId: string): string {
    return `${grant} ${callId}`;
  }

  #take(line: HistoryLine): void {
    switch (line.kind) {
      case 'asked': {
        const { grant, call_id: callId, tool, session, agent, amount, at_ms: firstAskedMs } = line;
        const key = History.key(grant, callId);
        const known = this.calls.get(key);
        if (known === undefined) this.calls.set(key, { grant, callId, tool, session, agent, amount, firstAskedMs, turns: [line], settlements: [] });
        else known.turns.push(line);
        return;
      }
      case 'answered': case 'undecided':
        this.#call(line).turns.push(line);
        return;
      case 'settled':
        this.#call(line).settlements.push({ outcome: line.outcome, receipt: line.receipt });
        return;
      case 'edited':
        this.edits.push(line);
        return;
      case 'planted':
        this.planted.push(line);
        return;
      case 'load':
        if (line.phase === 'began') this.beganMs = Math.min(this.beganMs, line.at_ms);
        else this.endedMs = Math.max(this.endedMs, line.at_ms);
        return;
      case 'fault':
        this.#fault(line);
    }
  }

  #call({ grant, call_id: callId }: { readonly grant: string; readonly call_id: string }): Asked {
    const call = this.calls.get(History.key(grant, callId));
    if (call === undefined) throw new Error(`the history tells what became of ${callId}, but not that it was asked`);
    return call;
  }

  #fault({ name, phase, at_ms: atMs }: Line<'fault'>): void {
    if (phase === 'began') {
      this.episodes.push({ name, beganMs: atMs, healedMs: Infinity, overMs: Infinity });
      return;
    }
    const episode = this.episodes.findLast((one) => one.name === name && one.overMs === Infinity);
    if (episode === undefined) throw new Error(`the history tells that fault "${name}" was ${phase}, but not that it began`);
    if (phase === 'healed') episode.healedMs = atMs;
    else episode.overMs = atMs;
  }
}
