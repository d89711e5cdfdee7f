import { decisionMachine } from '#decision';
import type { DecisionEvent } from '#decision';
import { Fold } from '#ledger';
import type { ResumeState } from '#ledger';

const { decode } = decisionMachine({ callIdMemoryMs: 0, callIdAheadMs: 0 }, () => undefined);

/** The judge of a decisions partition from `resume` on, which keeps no state of its own: the rows are the state. */
export function decisionEvents(topic: string, partition: number, resume: ResumeState): Fold<null, DecisionEvent> {
  const machine = {
    initialState: () => null,
    decide: () => { throw new Error('a projection decides nothing'); },
    evolve: () => null,
    replyTo: () => null,
    encode: () => { throw new Error('a projection writes no events'); },
    decode,
    snapshot: () => null,
    restore: () => null,
    maxEventBytes: () => 0,
  };
  return new Fold<null, DecisionEvent>(machine, topic, partition, { resume, state: null });
}
