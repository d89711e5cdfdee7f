import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DocketTarget } from '../generator/dialects.js';
import { nodeArguments } from './child.js';
import { loadLane } from './load-lane.js';
import type { Lane, Peer } from './peer.js';
import { WORKLOAD } from './workload.js';

/** Docket's own gRPC server with a handler that answers at once what a decision looks like: nothing is decided and nothing kept. */
export class BareHandlerPeer implements Peer {
  readonly name = 'bare gRPC handler';
  private child: ChildProcess | undefined;

  async start(): Promise<readonly Lane[]> {
    const child = fork(fileURLToPath(new URL('../transport/echo-server.js', import.meta.url)), ['fast'], { execArgv: nodeArguments('bare') });
    this.child = child;
    const [{ port }] = await once(child, 'message') as [{ port: number }];
    const target: DocketTarget = {
      kind: 'docket', grants: Array.from({ length: WORKLOAD.grants }, (_, index) => `grant-${index}`), tool: WORKLOAD.tool, argumentsJson: WORKLOAD.argumentsJson, callsPerMessage: 0,
    };
    return [loadLane({ peer: this.name, mode: 'unary', port, target, serverPids: () => [child.pid!] })];
  }

  async stop(): Promise<void> {
    if (!this.child) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
