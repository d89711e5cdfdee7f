import { NODE_SERVICE } from '#contracts';
import type { node } from '#contracts';
import type { DecisionCommand, DecisionReply, Errand, Errands, WiderCommand } from '#decision';
import { partitionOf } from '#ledger';
import type { Runtime } from '#ledger';
import type { Routing } from '#platform';
import type { DecisionsLedger } from '../decision-desk.js';
import type { Patience } from '../patience.js';
import { readReply, WIDER_TYPES } from './node-commands.js';
import type { NodeSeals } from './node-commands.js';

export interface ErrandsOptions {
  readonly ledger: Pick<DecisionsLedger, 'submit'>;
  readonly partitions: number;
  readonly runtime: Runtime;
  readonly patience: Patience;
  /** To the owners of other partitions, if there are other nodes. */
  readonly routing?: Routing;
  readonly seals: NodeSeals;
  /** A command about a wider scope has been answered, or not. */
  readonly onStep?: (type: WiderCommand['type'], failed: boolean) => void;
}

/** Runs the steps of calls that lie on several partitions: what is of the grant's own here, the others wherever their owner is. */
export class ErrandRunner {
  constructor(private readonly o: ErrandsOptions) {}

  /** To the end. `first`: the reply to the first errand, where it is known already. */
  async run<R>(errands: Errands<R>, deadlineMs: number, first?: DecisionReply): Promise<R> {
    let step = errands.next();
    if (first !== undefined && step.done !== true) step = errands.next(first);
    while (step.done !== true) {
      let reply: DecisionReply;
      try {
        reply = await this.#send(step.value, deadlineMs);
      } catch (error) {
        step = errands.throw(error);
        continue;
      }
      step = errands.next(reply);
    }
    return step.value;
  }

  async #send({ key, command }: Errand, deadlineMs: number): Promise<DecisionReply> {
    const partition = partitionOf(key, this.o.partitions);
    if (!isWider(command)) return this.#submit(partition, command, deadlineMs);
    let failed = true;
    try {
      const reply = await this.#apply(partition, command, deadlineMs);
      failed = false;
      return reply;
    } finally {
      this.o.onStep?.(command.type, failed);
    }
  }

  async #apply(partition: number, command: WiderCommand, deadlineMs: number): Promise<DecisionReply> {
    const { routing, seals, runtime, patience } = this.o;
    if (routing === undefined) return this.#submit(partition, command, deadlineMs);
    const answer = routing.answer<DecisionReply | node.ApplyResponse__Output>({
      partition, service: NODE_SERVICE, method: 'Apply', request: seals.write(partition, command), isRepeatable: true, deadlineMs,
      onward: { credential: '', traceparent: '', hops: 0, deadlineMs: runtime.wallMs() + deadlineMs - runtime.monotonicMs(), epoch: 0 },
      here: () => this.#submit(partition, command, deadlineMs),
    });
    const found = await patience.within(answer, deadlineMs);
    return 'type' in found ? found : readReply(found);
  }

  #submit(partition: number, command: DecisionCommand, deadlineMs: number): Promise<DecisionReply> {
    return this.o.patience.within(this.o.ledger.submit(partition, command, { deadlineMs }), deadlineMs);
  }
}

function isWider(command: DecisionCommand): command is WiderCommand {
  return WIDER_TYPES.includes(command.type);
}
