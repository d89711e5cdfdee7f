import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import type { node } from '#contracts';
import { NODE_SERVICE } from '#contracts';
import type { DecisionReply, WiderCommand } from '#decision';
import { DocketError } from '#errors';
import { partitionOf } from '#ledger';
import { epochIn, setTrailers } from '#platform';
import type { Onward, Routing } from '#platform';
import type { DecisionsLedger } from '../decision-desk.js';
import type { Patience } from '../patience.js';
import { writeReply } from './node-commands.js';
import type { NodeSeals } from './node-commands.js';

export interface NodeApiOptions {
  readonly ledger: Pick<DecisionsLedger, 'submit'>;
  readonly partitions: number;
  readonly patience: Patience;
  readonly seals: NodeSeals;
  /** Knows who owns what, if there are other nodes. */
  readonly routing?: Routing;
}

/** docket.node.v1.NodeService behind its transport: what other nodes ask this one. */
export class NodeApi {
  readonly #o: NodeApiOptions;

  constructor(options: NodeApiOptions) {
    this.#o = options;
  }

  async apply(request: node.ApplyRequest__Output, metadata: Metadata, call: ServerUnaryCall<unknown, unknown>): Promise<node.ApplyResponse> {
    const { ledger, partitions, patience, seals, routing } = this.#o;
    const command = seals.read(request);
    const { partition } = request;
    if (partitionOf(keyOf(command), partitions) !== partition) {
      throw new DocketError('invalid_argument', { reason: 'WRONG_PARTITION', message: `the command is not for partition ${partition}`, metadata: { outcome: 'not_decided' } });
    }
    const deadlineMs = patience.deadlineMs(call.getDeadline());
    const here = (): Promise<DecisionReply> => patience.within(ledger.submit(partition, command, { deadlineMs }), deadlineMs);
    if (routing === undefined) return writeReply(await here());
    // Never handed on a second time, whatever the caller says: the node that asks finds the owner.
    const onward: Onward = { credential: '', traceparent: '', hops: 1, deadlineMs: Number(call.getDeadline()), epoch: epochIn(metadata) };
    const reply = await routing.answer({ partition, service: NODE_SERVICE, method: 'Apply', request, onward, deadlineMs, isRepeatable: true, here });
    const trailers = routing.trailers(partition);
    if (trailers !== undefined) setTrailers(call, trailers);
    return writeReply(reply);
  }
}

function keyOf(command: WiderCommand): string {
  return command.type === 'Abort' ? command.grant_id : command.key;
}
