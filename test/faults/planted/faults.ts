import type { Property } from '../checker/findings.js';

/** A fault of one line in the service: an exact piece of a source file, found once, and what replaces it; which kinds of faults bring it to light, and the promise that is broken then. */
export interface PlantedFault {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly kinds: readonly string[];
  readonly breaks: readonly Property[];
}

export const PLANTED: readonly PlantedFault[] = [
  {
    name: 'one call too many passes', file: 'libs/decision/src/limits.ts', from: 'const over = compareExact(addExact(used, amount), max) > 0;', to: 'const over = compareExact(used, max) >= 0;',
    kinds: ['answers doubled'], breaks: ['within-limits', 'verdict-follows'],
  },
  {
    name: 'ids are not remembered', file: 'libs/decision/src/decide-call.ts', from: '  if (known !== undefined) return replay(', to: '  if (known !== undefined && command.call_id.endsWith("0")) return replay(',
    kinds: ['answers doubled'], breaks: ['one-verdict', 'answered-is-identical'],
  },
  {
    name: 'quota is given back after its window', file: 'libs/decision/src/settle.ts', from: 'charge.window_end_ms <= nowMs || ', to: '',
    kinds: ['answers doubled'], breaks: ['settled-is-logged'],
  },
  {
    name: 'a share is given back although its call passes', file: 'libs/decision/src/two-steps.ts', from: '    if (!counts.includes(scope)) {', to: '    if (!counts.includes(scope) || call_id.endsWith("0")) {',
    kinds: ['answers doubled', 'decider killed'], breaks: ['shares-hold'],
  },
  {
    name: "the log's clock is not asked", file: 'libs/ledger/src/event-clock.ts', from: 'if (apartMs > this.#toleranceMs)', to: 'if (apartMs < 0)',
    kinds: ['clock set'], breaks: ['event-time'],
  },
  {
    name: 'a claim does not go into the chain', file: 'libs/ledger/src/fold.ts', from: 'head: mixHead(head, recordHash)', to: 'head',
    kinds: ['decider killed'], breaks: ['answered-is-logged', 'one-writer'],
  },
  {
    name: 'a projection shows another verdict', file: 'libs/read-models/src/projections/decisions.projection.ts', from: 'of: ({ event }) => event.verdict }', to: "of: ({ event }) => (event.verdict === 'RATE_LIMITED' ? 'DENY' : event.verdict) }",
    kinds: ['projector killed'], breaks: ['projections-agree'],
  },
];
