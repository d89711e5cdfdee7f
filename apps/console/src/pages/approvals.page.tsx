import type { ReactNode } from 'react';
import type { approval } from '#contracts';
import { timeOf } from '../card/times.js';
import type { Notice, Session } from '../sessions/sessions.js';
import { documentOf } from './document.js';
import { Ago, Code, Left, NoticeBox, Shown } from './shown.js';

export interface ApprovalsProps {
  readonly session: Session;
  readonly pending: readonly approval.Approval__Output[];
  /** Approved, and not used yet. */
  readonly approved: readonly approval.Approval__Output[];
  readonly nextPageToken: string;
  readonly notice: Notice | undefined;
  readonly nowMs: number;
}

const EXAMPLE = '"create_charge": { "approve_if": [{ "conditions": [{ "path": "args.amount", "op": "gt", "value": 500 }],\n                                  "message": "Charges over 500 need approval.", "timeout": "30m" }] }';

/** What waits for a person, the most urgent first. */
export function approvalsPage({ session, pending, approved, nextPageToken, notice, nowMs }: ApprovalsProps): string {
  const urgent = [...pending].sort((a, b) => (timeOf(a.expiresAt) ?? 0) - (timeOf(b.expiresAt) ?? 0));
  return documentOf({
    title: pending.length === 0 ? 'Approvals' : `(${pending.length}${nextPageToken === '' ? '' : '+'}) Approvals`, session, reloadSeconds: 15,
    children: (
      <>
        <h1>Approvals</h1>
        <NoticeBox notice={notice} />
        <div id="waiting" data-refresh="4000">
          <h2>Waiting{urgent.length > 0 && <> <span className="count">{urgent.length}{nextPageToken !== '' && '+'}</span></>}</h2>
          {urgent.length === 0 ? <Nothing /> : <ul className="cards">{urgent.map((one) => <Waiting key={one.approvalId} one={one} nowMs={nowMs} />)}</ul>}
          {nextPageToken !== '' && <p><a className="button" href={`/?after=${encodeURIComponent(nextPageToken)}`}>The next ones</a></p>}
          {approved.length > 0 && (
            <>
              <h2>Approved, not used yet</h2>
              <p className="help">The next identical call is let through once. Until then it can still be denied.</p>
              <ul className="cards">{approved.map((one) => <Waiting key={one.approvalId} one={one} nowMs={nowMs} />)}</ul>
            </>
          )}
        </div>
      </>
    ),
  });
}

function Waiting({ one, nowMs }: { readonly one: approval.Approval__Output; readonly nowMs: number }): ReactNode {
  const { approvalId, tool, serverId, agent, principal, requestedBy, message, rule, approvers, needed, requestedAt, expiresAt } = one;
  return (
    <li className="card">
      <h3><a id={approvalId} href={`/approvals/${approvalId}`}><Code text={tool} max={120} /></a> <span className="on">on <Shown text={serverId} max={63} /></span></h3>
      <p className="who-asks"><Who agent={agent} principal={principal} requestedBy={requestedBy} /></p>
      <p>{message === '' ? <>Rule <Code text={rule} max={200} /></> : <Shown text={message} max={300} />}</p>
      <p className="facts">
        <Left ms={timeOf(expiresAt) ?? 0} nowMs={nowMs} />
        {needed > 1 && <span>{approvers.length} of {needed} have approved</span>}
        <span>asked <Ago ms={timeOf(requestedAt) ?? 0} nowMs={nowMs} /></span>
      </p>
    </li>
  );
}

export function Who({ agent, principal, requestedBy }: { readonly agent: string; readonly principal: string; readonly requestedBy: string }): ReactNode {
  return (
    <>
      {agent === '' ? 'An agent' : <><span className="kind">agent</span> <strong><Shown text={agent} max={120} /></strong></>}
      {principal !== '' && <> for <strong><Shown text={principal} max={120} /></strong></>}
      <> through <Shown text={requestedBy} max={120} /></>
    </>
  );
}

function Nothing(): ReactNode {
  return (
    <div className="empty">
      <p>Nothing waits for you.</p>
      <p>A call comes here when the policy of its grant asks for a human. To have one ask, add <code>approve_if</code> to a tool:</p>
      <pre><code>{EXAMPLE}</code></pre>
      <p>and publish the policy: <code>npx docket policy publish policy.json --name its-name</code>. The next such call waits here until somebody decides, or its time is over.</p>
    </div>
  );
}
