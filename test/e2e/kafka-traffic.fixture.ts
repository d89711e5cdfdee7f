import { randomBytes } from 'node:crypto';
import type { Ending, KafkaDecider } from './kafka-decider.fixture.js';

/** Of a call while something may be away: it is asked again. */
const DEADLINE_MS = 2_000;
/** Of a call that is to be answered the first time, on any machine. */
export const PATIENT_MS = 100_000;
/** An error that comes at once must not make a busy loop of a caller. */
const PAUSE_AFTER_ERROR_MS = 50;

/** One attempt at a call, in the order in which attempts ended. */
export interface Attempt {
  readonly startedMs: number;
  readonly ending: Ending;
}

export interface Call {
  readonly callId: string;
  readonly grant: string;
  readonly tool: string;
  readonly attempts: Attempt[];
}

/** Callers that ask for decisions, repeat ids, and remember everything they were told. */
export class Traffic {
  readonly calls: Call[] = [];

  constructor(private readonly grants: readonly string[], private readonly tool: string, private readonly deadlineMs = DEADLINE_MS) {}

  /** New calls from `callers` at a time, over all grants, each sent to all of `deciders`, until `enough`. */
  async run(deciders: readonly KafkaDecider[], callers: number, enough: () => boolean): Promise<void> {
    await atATime(callers, async () => {
      if (enough()) return false;
      const call = { callId: newCallId(), grant: this.grants[this.calls.length % this.grants.length]!, tool: this.tool, attempts: [] };
      this.calls.push(call);
      await Promise.all(deciders.map((decider) => this.#attempt(decider, call)));
      return true;
    });
  }

  /** Repeats these calls, each until it is answered, or its id was ended because it stayed without a verdict for too long. */
  async repeat(decider: KafkaDecider, calls: readonly Call[], callers: number): Promise<void> {
    const waiting = [...calls];
    await atATime(callers, async () => {
      const call = waiting.pop();
      if (call === undefined) return false;
      for (;;) {
        const ending = await this.#attempt(decider, call);
        if (ending.kind === 'answer' || ending.reason === 'CALL_ABORTED') return true;
      }
    });
  }

  get attempts(): Attempt[] {
    return this.calls.flatMap(({ attempts }) => attempts);
  }

  async #attempt(decider: KafkaDecider, { callId, grant, tool, attempts }: Call): Promise<Ending> {
    const startedMs = performance.now();
    const ending = await decider.decide({ callId, grant, tool, arguments: Buffer.from('{"user":"u-1"}') }, this.deadlineMs);
    attempts.push({ startedMs, ending });
    if (ending.kind === 'error') await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_ERROR_MS));
    return ending;
  }
}

/** A UUID version 7 of now. */
export function newCallId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomBytes(9).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

async function atATime(count: number, next: () => Promise<boolean>): Promise<void> {
  await Promise.all(Array.from({ length: count }, async () => {
    while (await next());
  }));
}
