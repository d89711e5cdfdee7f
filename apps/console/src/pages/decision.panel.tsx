import type { ReactNode } from 'react';
import type { approval } from '#contracts';
import { timeOf } from '../card/times.js';
import type { Session } from '../sessions/sessions.js';
import { Section } from './facts.sections.js';
import { Ago, Left, Shown } from './shown.js';

export const COMMENT_CHARACTERS_MAX = 256;

/** Where the approval stands, in one line. */
export function StateLine({ one, nowMs }: { readonly one: approval.Approval__Output; readonly nowMs: number }): ReactNode {
  const { state, approvers, needed, expiresAt } = one;
  return (
    <p className={`state-line state-${String(state).toLowerCase()}`}>
      <strong>{STATES[String(state)] ?? String(state)}</strong>
      {needed > 1 && <span>{approvers.length} of {needed} people have approved</span>}
      {(state === 'PENDING' || state === 'APPROVED') && <Left ms={timeOf(expiresAt) ?? 0} nowMs={nowMs} />}
    </p>
  );
}

const STATES: Readonly<Record<string, string>> = {
  PENDING: 'Waiting for a decision', APPROVED: 'Approved; the next identical call is let through once', DENIED: 'Denied', WITHDRAWN: 'Withdrawn by who asked', REDEEMED: 'Approved, and used',
  EXPIRED: 'Its time is over: that is a denial', STATE_ERASED: 'Erased with its grant',
};

/** Who has decided, and the form to decide. Whether somebody may is the service's to say; what is known beforehand is said here. */
export function DecisionPanel({ one, session, comment, nowMs }: { readonly one: approval.Approval__Output; readonly session: Session; readonly comment: string; readonly nowMs: number }): ReactNode {
  const { approvalId, state, approvers, needed, deniedBy, withdrawnBy } = one;
  const isOpen = state === 'PENDING' || state === 'APPROVED';
  const isOwn = session.subject === one.requestedBy || session.subject === one.principal;
  const hasApproved = approvers.some(({ subject }) => subject === session.subject);
  const isApprover = session.roles.includes('APPROVER');
  const mayApprove = state === 'PENDING' && !isOwn && !hasApproved;
  return (
    <aside className="decision">
      <Section name="decision" title="Decision" isList={false}>
        {needed > 1 && <p>{needed} different people must approve; {approvers.length === 0 ? 'nobody has yet' : `${approvers.length} ${approvers.length === 1 ? 'has' : 'have'}`}. One denial is enough.</p>}
        <ul className="plain votes">
          {approvers.map((vote, i) => <Vote key={i} vote={vote} did="approved" nowMs={nowMs} />)}
          {deniedBy !== null && <Vote vote={deniedBy} did="denied" nowMs={nowMs} />}
          {withdrawnBy !== null && <Vote vote={withdrawnBy} did="withdrew" nowMs={nowMs} />}
        </ul>
        {!isOpen && <p>Nothing is to be decided here any more.</p>}
        {isOpen && !isApprover && <p>You are signed in with the role {session.roles.map((role) => role.toLowerCase()).join(', ')}: you can read this. Deciding takes the role approver.</p>}
        {isOpen && isApprover && isOwn && <p className="bad">You asked for this call, or it is made on your behalf: somebody else must approve it. You may deny it.</p>}
        {isOpen && isApprover && hasApproved && <p>You have approved it. Until it is used you may still deny it.</p>}
        {isOpen && isApprover && (
          <form method="post" action={`/approvals/${approvalId}/decision`}>
            <input type="hidden" name="form_token" value={session.formToken} />
            <label htmlFor="comment">Reason</label>
            <textarea id="comment" name="comment" rows={2} maxLength={COMMENT_CHARACTERS_MAX} defaultValue={comment} aria-describedby="comment-help" />
            <p id="comment-help" className="help">Kept in the log in clear, and shown to others. No secrets.</p>
            <div className="buttons">
              {mayApprove && <button type="submit" name="decision" value="approve" className="approve">Approve</button>}
              <button type="submit" name="decision" value="deny" className="deny">Deny</button>
            </div>
          </form>
        )}
      </Section>
    </aside>
  );
}

function Vote({ vote: { subject, at, comment }, did, nowMs }: { readonly vote: approval.Vote__Output; readonly did: string; readonly nowMs: number }): ReactNode {
  const atMs = timeOf(at);
  return <li><strong><Shown text={subject} max={120} /></strong> {did}{atMs !== undefined && <> <Ago ms={atMs} nowMs={nowMs} /></>}{comment !== '' && <>: “<Shown text={comment} max={COMMENT_CHARACTERS_MAX} />”</>}</li>;
}
