import { APPROVAL_SERVICE } from '#contracts';
import type { Owner } from '#ledger';
import type { Peers } from '#platform';
import type { ApprovalNodes } from '../approvals/approval-desk.js';

/** Who lists the approvals of which partitions. */
export function approvalNodes(ledger: { ownerOf(partition: number): Owner }, partitions: number, peers: Peers): ApprovalNodes {
  return {
    isHere: (partition) => ledger.ownerOf(partition).isHere,
    others: () => {
      const addresses = new Set<string>();
      for (let partition = 0; partition < partitions; partition += 1) {
        const { isHere, address } = ledger.ownerOf(partition);
        if (!isHere && address === undefined) return undefined;
        if (!isHere) addresses.add(address!);
      }
      return [...addresses];
    },
    list: (address, request, onward) => peers.call(address, APPROVAL_SERVICE, 'ListApprovals', request, onward),
  };
}
