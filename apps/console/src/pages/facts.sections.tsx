import type { ReactNode } from 'react';
import type { approval } from '#contracts';
import { argumentsText } from '../card/argument-rows.js';
import { exactTime, timeOf } from '../card/times.js';
import { Ago, Code, Left, Shown } from './shown.js';

/** What each section of the card is made of. */
export interface CardProps {
  readonly one: approval.Approval__Output;
  readonly card: approval.GetApprovalCardResponse__Output;
  readonly nowMs: number;
}

/** Who asks: the agent, its grant, and the human behind it. */
export function WhoSection({ one, card: { grant }, nowMs }: CardProps): ReactNode {
  const expiresMs = timeOf(grant?.expiresAt);
  return (
    <Section name="who" title="Who">
      <Fact name="Agent">{one.agent === '' ? <span className="unknown">the gateway did not say</span> : <strong><Shown text={one.agent} max={200} /></strong>}</Fact>
      <Fact name="On behalf of">{one.principal === '' ? <span className="unknown">the gateway did not say</span> : <strong><Shown text={one.principal} max={200} /></strong>}</Fact>
      <Fact name="Grant">
        {grant !== null && grant.label !== '' && <><Shown text={grant.label} max={200} /> </>}<Code text={one.grantId} />
        {grant !== null && <>, issued by <Shown text={grant.issuedBy} max={120} /></>}
        {expiresMs !== undefined && <>, <Left ms={expiresMs} nowMs={nowMs} /></>}
        {grant?.revokedAt && <strong className="bad"> revoked: the call will be refused even if it is approved</strong>}
      </Fact>
      <Fact name="Asked by"><Shown text={one.requestedBy} max={200} />, <Ago ms={timeOf(one.requestedAt) ?? 0} nowMs={nowMs} /></Fact>
      {one.sessionId !== '' && <Fact name="Session"><Code text={one.sessionId} max={120} /></Fact>}
    </Section>
  );
}

const CLASS_MEANS: Readonly<Record<string, string>> = {
  READ: 'reads only', OTHER: 'changes nothing that is known', WRITE: 'changes data', EXECUTE: 'runs or sends something', DESTRUCTIVE: 'deletes, or cannot be undone', FINANCIAL: 'moves money',
};
const STATE_MEANS: Readonly<Record<string, string>> = {
  FIRST_SEEN: 'nobody has reviewed its definition yet', CHANGED: 'its definition has changed since it was approved: calls are held until it is reviewed', WITHDRAWN: 'its server does not list it any more',
};
const EVIDENCE_MAX = 6;

/** What it can do: tool, server, and its class with the evidence for that. */
export function WhatSection({ one, card: { tool, serverName } }: CardProps): ReactNode {
  const risk = tool?.risk ?? null;
  const overridden = tool !== null && tool.overrideClass !== 'RISK_CLASS_UNSPECIFIED';
  const name = String(overridden ? tool.overrideClass : risk?.riskClass ?? '');
  return (
    <Section name="what" title="What">
      <Fact name="Tool"><strong><Code text={one.tool} max={256} /></strong>{tool !== null && tool.title !== '' && <> “<Shown text={tool.title} max={200} />”</>}</Fact>
      <Fact name="Server"><Code text={one.serverId} />{serverName !== '' && <> “<Shown text={serverName} max={200} />”</>}</Fact>
      <Fact name="Class">
        {name === '' ? <span className="unknown">not known: its server has never listed this tool here</span>
          : <><span className={`class class-${name.toLowerCase()}`}>{name.toLowerCase()}</span> {CLASS_MEANS[name] ?? ''}{overridden ? <>, says <Shown text={tool.overrideBy} max={120} /></> : risk !== null && <>; severity {risk.severity}, confidence {risk.confidence}</>}</>}
      </Fact>
      {risk !== null && risk.evidence.length > 0 && (
        <Fact name="Because">
          <ul className="plain">
            {risk.evidence.slice(0, EVIDENCE_MAX).map(({ source, quote, says }, i) => <li key={i}><Shown text={says} max={300} />{quote !== '' && <>: “<Shown text={quote} max={200} />”</>} <span className="source">({source})</span></li>)}
            {risk.findings.slice(0, EVIDENCE_MAX).map(({ message }, i) => <li key={`finding-${i}`} className="bad"><Shown text={message} max={300} /></li>)}
          </ul>
        </Fact>
      )}
      {tool !== null && STATE_MEANS[String(tool.state)] !== undefined && <Fact name="Definition"><strong className="bad">{STATE_MEANS[String(tool.state)]}</strong></Fact>}
      {tool !== null && tool.description !== '' && (
        <Fact name="Description"><details><summary>What its server says of it</summary><p className="quoted"><Shown text={tool.description} max={2_000} /></p></details></Fact>
      )}
    </Section>
  );
}

const RULE_CHARACTERS_MAX = 4_000;

/** Why it is held: what the policy's author wrote, the rule itself, and the version that it is of. */
export function WhySection({ one, card: { ruleDocument } }: CardProps): ReactNode {
  return (
    <Section name="why" title="Why it is held">
      <Fact name="Says the policy">{one.message === '' ? <span className="unknown">its author wrote nothing</span> : <strong><Shown text={one.message} max={1_000} /></strong>}</Fact>
      <Fact name="Rule">
        <Code text={one.rule} max={400} />
        {ruleDocument.length > 0 && <pre tabIndex={0} aria-label="the rule as JSON"><code dir="ltr">{argumentsText(ruleDocument).slice(0, RULE_CHARACTERS_MAX)}</code></pre>}
      </Fact>
      <Fact name="Policy"><Shown text={one.policyId} max={63} />, version <Code text={one.policyVersion.slice(0, 12)} /></Fact>
      <Fact name="Needed">{one.needed === 1 ? 'one person other than who asked' : `${one.needed} different people, none of them who asked`}</Fact>
    </Section>
  );
}

/** What happens if nobody decides, and what a decision does. */
export function TimeOutSection({ one, nowMs }: CardProps): ReactNode {
  const endsMs = timeOf(one.expiresAt) ?? 0;
  return (
    <Section name="time-out" title="If nobody decides">
      <Fact name="Ends"><Left ms={endsMs} nowMs={nowMs} />, at {exactTime(endsMs)}</Fact>
      <Fact name="Then">The call is refused, as if it had been denied. The same call asks anew after that.</Fact>
      <Fact name="If approved">The next call with exactly these arguments is let through once, until that time. Grant, policy and limits are judged again then, and what it uses is charged then.</Fact>
      <Fact name="If denied">Calls with exactly these arguments are refused until that time. A denial beats approvals.</Fact>
    </Section>
  );
}

export function Section({ name, title, children, isList = true }: { readonly name: string; readonly title: string; readonly children: ReactNode; readonly isList?: boolean }): ReactNode {
  return (
    <section className="panel" aria-labelledby={`${name}-title`} id={name}>
      <h2 id={`${name}-title`}>{title}</h2>
      {isList ? <dl>{children}</dl> : children}
    </section>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return <div className="fact"><dt>{name}</dt><dd>{children}</dd></div>;
}
