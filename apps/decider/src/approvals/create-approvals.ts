import { ApprovalApi } from './approval-api.js';
import type { ApprovalApiOptions } from './approval-api.js';
import { ApprovalDesk } from './approval-desk.js';
import type { ApprovalDeskOptions } from './approval-desk.js';

/** The approval API of a decider over what its composition root has made. */
export function createApprovals(options: ApprovalDeskOptions & Omit<ApprovalApiOptions, 'desk'>): ApprovalApi {
  const desk = new ApprovalDesk(options);
  options.metrics.watch({ pending: () => desk.pending(), waiting: () => options.waiters.count });
  return new ApprovalApi({ ...options, desk });
}
