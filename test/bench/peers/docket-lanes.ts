import type { DocketTarget } from '../generator/dialects.js';
import type { DocketAccess } from './docket-setup.js';
import { loadLane } from './load-lane.js';
import type { Lane } from './peer.js';
import { WORKLOAD } from './workload.js';

/** Calls in one message of a stream: a gateway's, that has many agents behind it. */
const CALLS_PER_MESSAGE = 16;

export function docketLanes(peer: string, port: number, access: DocketAccess, serverPids: () => readonly number[]): readonly Lane[] {
  const target: DocketTarget = {
    kind: 'docket', grants: access.grants, tool: WORKLOAD.tool, argumentsJson: WORKLOAD.argumentsJson, callsPerMessage: 0,
  };
  const metadata = { authorization: `Bearer ${access.gatewayToken}` };
  return [
    loadLane({ peer, mode: 'unary', port, metadata, target, serverPids }),
    loadLane({ peer, mode: 'stream', port, metadata, target: { ...target, callsPerMessage: CALLS_PER_MESSAGE }, serverPids }),
  ];
}
