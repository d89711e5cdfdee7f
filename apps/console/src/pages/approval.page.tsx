import type { ReactNode } from 'react';
import type { approval } from '#contracts';
import { plainLine } from '../card/hidden.js';
import type { Notice, Session } from '../sessions/sessions.js';
import { DecisionPanel, StateLine } from './decision.panel.js';
import { documentOf } from './document.js';
import { ArgumentsSection, BlastRadiusSection, HistorySection } from './evidence.sections.js';
import { NoticeBox } from './shown.js';
import { TimeOutSection, WhatSection, WhoSection, WhySection, type CardProps } from './facts.sections.js';

export interface ApprovalPageProps {
  readonly session: Session;
  readonly card: approval.GetApprovalCardResponse__Output;
  readonly notice: Notice | undefined;
  /** What was written before the decision was refused. */
  readonly comment?: string;
  readonly nowMs: number;
}

/** The card of one approval, in the order in which a person reads it: who, what, with which arguments, why it is held, how much, what came before, and until when. */
export function approvalPage({ session, card, notice, comment = '', nowMs }: ApprovalPageProps): string {
  const one = card.approval!;
  const props: CardProps = { one, card, nowMs };
  return documentOf({
    title: `${plainLine(one.tool, 60)} on ${one.serverId}`, session,
    children: (
      <div className="approval" data-version={versionOf(one)} data-watch="4000">
        <p className="back"><a href="/">All approvals</a></p>
        <Title one={one} />
        <NoticeBox notice={notice} />
        <StateLine one={one} nowMs={nowMs} />
        <div id="news" role="status" hidden><p>Somebody has decided meanwhile. <a href={`/approvals/${one.approvalId}`}>Show it as it is now</a></p></div>
        <div className="columns">
          <div className="evidence">
            <WhoSection {...props} />
            <WhatSection {...props} />
            <ArgumentsSection {...props} />
            <WhySection {...props} />
            <BlastRadiusSection {...props} />
            <HistorySection {...props} />
            <TimeOutSection {...props} />
          </div>
          <DecisionPanel one={one} session={session} comment={comment} nowMs={nowMs} />
        </div>
      </div>
    ),
  });
}

function Title({ one }: { readonly one: approval.Approval__Output }): ReactNode {
  return <h1>May <code>{plainLine(one.tool, 80)}</code> be called?</h1>;
}

/** Changes when somebody decides, or the approval ends: a page that looks for news compares it. */
export function versionOf({ state, approvers, deniedBy }: approval.Approval__Output): string {
  return `${state}-${approvers.length}-${deniedBy === null ? 0 : 1}`;
}
