import type { DecisionEvent, DecisionMachine } from '#decision';

/**
 * The machine, with word of every approval that an event touches. Every way in which this node's state can change goes
 * through `evolve`: what was decided here, and what is read back from the log. An event that turns out void was
 * announced in vain, so whoever hears of it asks again, once `evolve` has returned.
 */
export function withApprovalTap(machine: DecisionMachine, onTouched: (approvalId: string) => void): DecisionMachine {
  return {
    ...machine,
    evolve: (state, event, at) => {
      const next = machine.evolve(state, event, at);
      const touched = approvalOf(event);
      if (touched !== undefined) onTouched(touched);
      else if (event.type === 'GrantSet' && event.erased === true) for (const { id, grant_id } of next.approvals.entries()) if (grant_id === event.grant_id) onTouched(id);
      return next;
    },
  };
}

function approvalOf(event: DecisionEvent): string | undefined {
  if (event.type === 'ApprovalResolved') return event.approval_id;
  return event.type === 'CallDecided' ? event.approval?.id : undefined;
}
