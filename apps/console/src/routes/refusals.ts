import type { Refusal } from '../docket/refusal.js';

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

/** Whether the credential behind the session is good no more. */
export function endsSession({ code }: Refusal): boolean {
  return code === 'UNAUTHENTICATED';
}

/** Why a page cannot be shown, as a person is told. */
export function problemOf(refusal: Refusal): Problem {
  if (refusal.isUnanswered) return { status: 503, title: 'Docket does not answer', text: 'No decider could be reached, or it is busy. Calls that wait go on waiting; try again in a moment.' };
  switch (refusal.code) {
    case 'NOT_FOUND': return { status: 404, title: 'There is no such approval', text: 'It may have ended: ten minutes later it is gone from here. The log keeps it: docket query approvals lists all there ever were.' };
    case 'PERMISSION_DENIED': return { status: 403, title: 'Not for you', text: refusal.message };
    case 'INVALID_ARGUMENT': return { status: 400, title: 'That was not understood', text: 'The address is not complete, or the list has changed. Begin with the first page.' };
    default: return { status: 500, title: 'Docket could not answer', text: refusal.message };
  }
}

const ENDED: Readonly<Record<string, string>> = {
  denied: 'Somebody has denied it already, and a denial stands.', withdrawn: 'Whoever asked has withdrawn it.', redeemed: 'It was approved, and the call has been let through.', expired: 'Its time is over, which is a denial.', erased: 'Its grant was erased.',
};

/** Why a decision was not taken, as a person is told: the services decide that, this only says it. */
export function decisionRefused(refusal: Refusal): { readonly status: number; readonly text: string } {
  if (refusal.isUnanswered) return { status: 503, text: 'Docket did not answer in time, so nobody knows whether your decision was recorded. Look below where it stands, and decide again if need be: deciding the same twice changes nothing.' };
  if (refusal.reason === 'OWN_REQUEST') return { status: 403, text: 'You asked for this call, or it is made on your behalf: whoever asks cannot approve. Somebody else must; you may deny it.' };
  if (refusal.reason === 'ROLE_MISSING') return { status: 403, text: 'Your credential does not have the role approver, so you can read this and not decide it.' };
  if (refusal.reason === 'COMMENT_TOO_LONG') return { status: 400, text: 'The reason is too long: at most 256 characters. Nothing was decided.' };
  switch (refusal.code) {
    case 'NOT_FOUND': return { status: 404, text: 'It has ended some time ago, and nothing can be decided any more.' };
    case 'FAILED_PRECONDITION': return { status: 409, text: `Nothing can be decided any more. ${ENDED[(refusal.metadata['state'] ?? '').toLowerCase()] ?? refusal.message}` };
    case 'PERMISSION_DENIED': return { status: 403, text: refusal.message };
    default: return { status: 400, text: `Not decided: ${refusal.message}` };
  }
}
