import { DocketError } from '#errors';
import type { Json, StateMachine } from '../src/state-machine.js';

/**
 * A small but real state machine for tests: counters with a limit per window, ids remembered for a while, expiry by event
 * time, and recorded answers that are read back from the log.
 */
export interface TallyState {
  counters: Map<string, { used: number; endMs: number }>;
  /** Remembered id → where its event is. */
  ids: Map<string, { offset: number; timeMs: number }>;
  count: number;
  last: { offset: number; id: string } | null;
}

export interface Take {
  /** `take` counts; `last` answers what was decided last (appends nothing, promises it); `look` only advises. */
  readonly type: 'take' | 'last' | 'look';
  /** Chosen by the caller; its time is part of it, as in a UUID version 7. */
  readonly id: string;
  readonly idTimeMs: number;
  readonly counter: string;
  /** Tells one try of the same id from another. */
  readonly attempt: number;
}

export interface Taken {
  readonly id: string;
  readonly counter: string;
  readonly attempt: number;
  readonly verdict: 'ALLOW' | 'LIMITED';
  readonly windowEndMs: number;
  readonly used: number;
}

export interface TallyReply {
  readonly event: Taken | null;
  readonly replayed: boolean;
  readonly at: { readonly offset: number; readonly hash: string; readonly epoch: number; readonly sequence: number; readonly timeMs: number } | null;
  readonly used: number;
  /** `last` only: the newest event of the state that the answer rests on. */
  readonly restsOn?: { readonly offset: number; readonly id: string } | null;
}

export interface TallySettings {
  readonly limit: number;
  readonly windowMs: number;
  readonly memoryMs: number;
  readonly aheadMs: number;
}

export const TALLY: TallySettings = { limit: 3, windowMs: 20_000, memoryMs: 15_000, aheadMs: 8_000 };

export function tallyMachine(settings: TallySettings = TALLY): StateMachine<TallyState, Take, Taken, TallyReply> {
  const { limit, windowMs, memoryMs, aheadMs } = settings;
  return {
    initialState: () => ({ counters: new Map(), ids: new Map(), count: 0, last: null }),
    decide: (state, command, { nowMs, loaded }) => {
      const counter = state.counters.get(command.counter);
      const used = counter !== undefined && nowMs < counter.endMs ? counter.used : 0;
      if (command.type === 'look') return { kind: 'advise', reply: { event: null, replayed: false, at: null, used } };
      if (command.type === 'last') return { kind: 'answer', reply: { event: null, replayed: false, at: null, used, restsOn: state.last } };
      if (command.idTimeMs <= nowMs - memoryMs || command.idTimeMs > nowMs + aheadMs) {
        return { kind: 'refuse', error: new DocketError('failed_precondition', { reason: 'ID_TIME', message: 'the id is too old or in the future' }) };
      }
      const known = state.ids.get(command.id);
      if (known !== undefined) {
        if (loaded === undefined || loaded.at.offset !== known.offset) return { kind: 'load', offset: known.offset };
        return { kind: 'answer', reply: { event: loaded.event, replayed: true, at: loaded.at, used } };
      }
      const isFree = used < limit;
      const windowEndMs = counter !== undefined && nowMs < counter.endMs ? counter.endMs : nowMs + windowMs;
      const { id, counter: name, attempt } = command;
      return { kind: 'append', event: { id, counter: name, attempt, verdict: isFree ? 'ALLOW' : 'LIMITED', windowEndMs, used: isFree ? used + 1 : used } };
    },
    evolve: (state, event, { offset, timeMs }) => {
      state.count += 1;
      state.last = { offset, id: event.id };
      // Remembered for as long as an id of the latest acceptable time could still be repeated.
      for (const [id, seen] of state.ids) {
        if (seen.timeMs > timeMs - memoryMs - aheadMs) break;
        state.ids.delete(id);
      }
      for (const [name, { endMs }] of state.counters) if (endMs <= timeMs) state.counters.delete(name);
      state.ids.set(event.id, { offset, timeMs });
      if (event.verdict === 'ALLOW') state.counters.set(event.counter, { used: event.used, endMs: event.windowEndMs });
      return state;
    },
    replyTo: (event, at) => ({ event, replayed: false, at, used: event.used }),
    encode: (event) => ({ type: 'docket.test.Taken.v1', subject: event.counter, data: { ...event } }),
    decode: ({ type, data }) => {
      if (type !== 'docket.test.Taken.v1') throw new Error(`unknown type ${type}`);
      return data as unknown as Taken;
    },
    snapshot: (state) => ({
      count: state.count,
      last: state.last === null ? null : [state.last.offset, state.last.id],
      counters: [...state.counters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { used, endMs }]) => [name, used, endMs]),
      ids: [...state.ids].map(([id, { offset, timeMs }]) => [id, offset, timeMs]),
    }),
    restore: (json: Json) => {
      const { count, last, counters, ids } = json as { count: number; last: [number, string] | null; counters: [string, number, number][]; ids: [string, number, number][] };
      return {
        count,
        last: last === null ? null : { offset: last[0], id: last[1] },
        counters: new Map(counters.map(([name, used, endMs]) => [name, { used, endMs }])),
        ids: new Map(ids.map(([id, offset, timeMs]) => [id, { offset, timeMs }])),
      };
    },
    maxEventBytes: () => 1024,
  };
}
