import type { DecisionCommand, DecisionEvent, DecisionReply, DecisionState } from '#decision';
import type { Ledger } from '#ledger';
import type { DecisionsPort } from './decisions.port.js';

/** The decisions partitions as the ledger of this process owns them. */
export function ledgerDecisionsPort(ledger: Ledger<DecisionState, DecisionCommand, DecisionEvent, DecisionReply>, partitions: number): DecisionsPort {
  return {
    partitions,
    submit: async (partition, edit, deadlineMs) => {
      await ledger.submit(partition, edit, { deadlineMs });
    },
    isHere: (partition) => ledger.ownerOf(partition).isHere,
    addressOf: (partition) => ledger.ownerOf(partition).address,
    appliedThrough: (partition) => ledger.peek(partition, newestEdit),
  };
}

/** Looked for once, when a feed begins: not worth a place in the state. */
function newestEdit(state: DecisionState): number {
  let newest = 0;
  for (const { registry_offset } of state.grants.values()) newest = Math.max(newest, registry_offset);
  for (const policies of state.policies.values()) {
    for (const { registry_offset } of policies.values()) newest = Math.max(newest, registry_offset);
  }
  return newest;
}
