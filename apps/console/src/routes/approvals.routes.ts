import type { approval } from '#contracts';
import type { ConsoleMetrics } from '../console-metrics.js';
import { argumentsText } from '../card/argument-rows.js';
import { durationText, timeOf } from '../card/times.js';
import type { DocketApi } from '../docket/docket-api.js';
import { Refusal } from '../docket/refusal.js';
import { page, redirect, type Exchange, type Reply, type Route } from '../http/exchange.js';
import { approvalPage } from '../pages/approval.page.js';
import { approvalsPage } from '../pages/approvals.page.js';
import { COMMENT_CHARACTERS_MAX } from '../pages/decision.panel.js';
import { problemPage } from '../pages/problem.page.js';
import type { Notice, Session } from '../sessions/sessions.js';
import { decisionRefused, endsSession, problemOf } from './refusals.js';

const ID = '(apr_[0-9a-f]{32}_[0-9a-f]{24})';

export interface ApprovalsRoutesOptions {
  readonly docket: DocketApi;
  readonly metrics: ConsoleMetrics;
  readonly wallMs: () => number;
}

/** What waits, one of it, all of its arguments, and the decision. */
export function approvalsRoutes({ docket, metrics, wallMs }: ApprovalsRoutesOptions): readonly Route[] {
  const asPerson = (answer: (session: Session, exchange: Exchange) => Promise<Reply>) => async (exchange: Exchange): Promise<Reply> => {
    const session = exchange.session!;
    try {
      return await answer(session, exchange);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Revoked meanwhile: whoever holds it is nobody here any more.
      if (endsSession(error)) return redirect('/sign-in', { signIn: '' });
      const { status, title, text } = problemOf(error);
      return problemPage(status, title, text, session);
    }
  };
  return [
    {
      method: 'GET', pattern: /^\/(?:approvals)?$/, name: '/approvals',
      answer: asPerson(async (session, { query }) => {
        const [pending, approved] = await Promise.all([docket.list(session.credential, 'PENDING', (query.get('after') ?? '').slice(0, 512)), docket.list(session.credential, 'APPROVED', '')]);
        return page(200, approvalsPage({ session, pending: pending.approvals, approved: approved.approvals, nextPageToken: pending.nextPageToken, notice: taken(session), nowMs: wallMs() }));
      }),
    },
    {
      method: 'GET', pattern: new RegExp(`^/approvals/${ID}$`), name: '/approvals/…',
      answer: asPerson(async (session, { caught: [id = ''] }) => page(200, approvalPage({ session, card: await docket.card(session.credential, id), notice: taken(session), nowMs: wallMs() }))),
    },
    {
      method: 'GET', pattern: new RegExp(`^/approvals/${ID}/arguments$`), name: '/approvals/…/arguments',
      answer: asPerson(async (session, { caught: [id = ''] }) => {
        const found = await docket.get(session.credential, id);
        const body = found.argumentsShown === 'SHOWN' ? argumentsText(found.arguments) : found.argumentsShown === 'ERASED' ? '(erased with the grant)\n' : '(shown to approvers only)\n';
        return { status: 200, contentType: 'text/plain; charset=utf-8', body };
      }),
    },
    {
      method: 'POST', pattern: new RegExp(`^/approvals/${ID}/decision$`), name: '/approvals/…/decision',
      answer: asPerson(async (session, { caught: [id = ''], form }) => {
        const decision = form.get('decision');
        // Typed over several lines, kept on one.
        const comment = (form.get('comment') ?? '').replace(/\s+/g, ' ').trim();
        if (decision !== 'approve' && decision !== 'deny') return problemPage(400, 'That is no decision', 'Expected to approve or to deny. Nothing was changed.', session);
        try {
          if (comment.length > COMMENT_CHARACTERS_MAX) throw new Refusal('INVALID_ARGUMENT', 'COMMENT_TOO_LONG', '');
          const resolved = await docket.resolve(session.credential, id, decision === 'approve' ? 'APPROVE' : 'DENY', comment);
          metrics.decided(decision, 'done');
          session.notice = { kind: 'done', text: doneText(resolved, wallMs()) };
          return redirect(`/approvals/${id}`);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          metrics.decided(decision, error.reason);
          if (endsSession(error)) throw error;
          const { status, text } = decisionRefused(error);
          const card = await docket.card(session.credential, id).catch((missing: unknown) => {
            if (missing instanceof Refusal) return undefined;
            throw missing;
          });
          if (card === undefined) return problemPage(status, 'Not decided', text, session);
          return page(status, approvalPage({ session, card, notice: { kind: 'refused', text }, comment: comment.slice(0, COMMENT_CHARACTERS_MAX), nowMs: wallMs() }));
        }
      }),
    },
  ];
}

/** Shown once. */
function taken(session: Session): Notice | undefined {
  const { notice } = session;
  session.notice = undefined;
  return notice;
}

function doneText({ approval: one, replayed }: approval.ResolveApprovalResponse__Output, nowMs: number): string {
  const { state, approvers, needed, expiresAt } = one!;
  const left = durationText((timeOf(expiresAt) ?? nowMs) - nowMs);
  const before = replayed ? ' You had decided so before.' : '';
  switch (state) {
    case 'PENDING': return `You have approved this call. ${needed - approvers.length} more must approve within ${left}.${before}`;
    case 'APPROVED': return `Approved: the next identical call is let through once, within ${left}.${before}`;
    case 'DENIED': return `Denied: identical calls are refused for ${left}.${before}`;
    default: return `Your decision is recorded.${before}`;
  }
}
