import { DocketError } from '#errors';
import { type DecisionCommand, type DecisionEvent, type DecisionReply, type DecisionState, type EventPosition, decisionMachine } from '#decision';
import type { CompiledPolicy } from '#policy';

/** As the registry fixes them when it is created (design.md 2.4). */
const SETTINGS = { callIdMemoryMs: 600_000, callIdAheadMs: 60_000 };

interface Stored {
  readonly encoded: string;
  readonly at: EventPosition;
}

/**
 * One partition of the real state machine with a log in memory: every event goes through `encode`, JSON and `decode`, as
 * it would for a reader. Commands are decided as the ledger does it.
 */
export class CorePartition {
  readonly policies = new Map<string, CompiledPolicy>();
  private readonly machine = decisionMachine(SETTINGS, (version) => this.policies.get(version));
  private state: DecisionState = this.machine.initialState();
  private readonly log: Stored[] = [];

  /** Decides, loads what that asks for, appends and evolves, replies. Throws the DocketError that the caller would get. */
  apply(command: DecisionCommand, nowMs: number): DecisionReply {
    for (let loaded: { event: DecisionEvent; at: EventPosition } | undefined; ; ) {
      const decision = this.machine.decide(this.state, command, loaded === undefined ? { nowMs } : { nowMs, loaded });
      switch (decision.kind) {
        case 'load':
          loaded = this.read(decision.offset);
          break;
        case 'append': return this.append(decision.event, command, nowMs);
        case 'answer': return decision.reply;
        case 'refuse': throw decision.error;
        case 'advise':
          if (decision.reply instanceof DocketError) throw decision.reply;
          return decision.reply;
      }
    }
  }

  /** What a new owner does: folds the log from its beginning. A snapshot taken before must restore to the same state. */
  restart(): void {
    const before = JSON.stringify(this.machine.snapshot(this.state));
    this.state = this.machine.initialState();
    for (const { at } of this.log) this.state = this.machine.evolve(this.state, this.read(at.offset).event, at);
    const after = JSON.stringify(this.machine.snapshot(this.state));
    if (after !== before) throw new Error(`a new owner folds another state: ${after} instead of ${before}`);
    this.state = this.machine.restore(JSON.parse(before));
  }

  private append(event: DecisionEvent, command: DecisionCommand, nowMs: number): DecisionReply {
    const offset = this.log.length;
    const at = { topic: 'docket.decisions', partition: 0, offset, hash: '', epoch: 1, sequence: offset + 1, timeMs: nowMs };
    const encoded = JSON.stringify(this.machine.encode(event));
    const bytes = new TextEncoder().encode(encoded).length;
    // The envelope's own fields are not announced; they are far below this.
    const bound = this.machine.maxEventBytes(command) + 1_024;
    if (bytes > bound) throw new Error(`an event of ${bytes} bytes, announced as at most ${bound}`);
    this.log.push({ encoded, at });
    this.state = this.machine.evolve(this.state, event, at);
    return this.machine.replyTo(event, at);
  }

  private read(offset: number): { event: DecisionEvent; at: EventPosition } {
    const stored = this.log[offset];
    if (stored === undefined) throw new Error(`nothing is stored at ${offset}`);
    return { event: this.machine.decode(JSON.parse(stored.encoded)), at: stored.at };
  }
}
