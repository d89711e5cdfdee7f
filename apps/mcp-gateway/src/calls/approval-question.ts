import { randomUUID } from 'node:crypto';
import type { ApprovalRequired } from '#client';
import { isObject, type JsonObject } from '#mcp';
import type { Severity } from '#tools';
import type { Exchange } from '../ports.js';

/** The key of our question in `inputRequests`. */
export const APPROVAL_KEY = 'docket-approval';
/** Sessions know URLs that are to be opened from this revision on. */
const URLS_SINCE = '2025-11-25';
const LOW: readonly Severity[] = ['low', 'medium'];

/** How a client's user is told that people are asked: in words (`form`), or by a page that he is to open (`url`). */
export interface Question {
  readonly mode: 'form' | 'url';
  /** Parameters of an `elicitation/create`. */
  readonly params: JsonObject;
}

/** Where an approval is decided, signed in. Nothing in it says who asks or opens anything (I6). */
export function approvalPage(consoleUrl: string, approvalId: string): string {
  return `${consoleUrl}/approvals/${approvalId}`;
}

/**
 * What a client of the modern era that answers elicitations is asked when a call waits for people; undefined: it has declared nothing that
 * fits (I4), and waits. Whether the person before it may decide, the page finds out: the answer here never approves anything. Accepting a
 * URL says that it was opened; accepting a form says that the call is to wait, declining it that it is not wanted any more.
 */
export function questionOf(decision: ApprovalRequired, tool: string, severity: Severity, { clientCapabilities }: Exchange, consoleUrl: string | undefined): Question | undefined {
  const { elicitation } = clientCapabilities;
  if (!isObject(elicitation)) return undefined;
  // Who says nothing of modes knows forms.
  if (LOW.includes(severity) && (isObject(elicitation['form']) || !isObject(elicitation['url']))) return { mode: 'form', params: form(decision, tool) };
  return isObject(elicitation['url']) && consoleUrl !== undefined ? { mode: 'url', params: page(decision, tool, consoleUrl) } : undefined;
}

/** Shows the page to a client of a session while its call is held; returns what to do when the hold is over. */
export function showPage(decision: ApprovalRequired, tool: string, exchange: Exchange, consoleUrl: string | undefined): (isOver: boolean) => void {
  const { elicitation } = exchange.clientCapabilities;
  if (consoleUrl === undefined || exchange.era !== 'legacy' || exchange.ask === undefined || exchange.protocolVersion < URLS_SINCE || !isObject(elicitation) || !isObject(elicitation['url'])) return () => undefined;
  const elicitationId = randomUUID();
  const held = new AbortController();
  // What it answers changes nothing: the approval is waited for.
  void exchange.ask('elicitation/create', { ...page(decision, tool, consoleUrl), elicitationId }, held.signal);
  return (isOver) => {
    held.abort(new Error('the hold is over'));
    if (isOver) exchange.notify('notifications/elicitation/complete', { elicitationId });
  };
}

/** Whether the user has said, to the form, that the call is not wanted. Dismissing it says nothing. */
export function isUnwanted(mode: Question['mode'], inputResponses: JsonObject | undefined): boolean {
  const answer = inputResponses?.[APPROVAL_KEY];
  return mode === 'form' && isObject(answer) && answer['action'] === 'decline';
}

function form(decision: ApprovalRequired, tool: string): JsonObject {
  return { mode: 'form', message: `${facts(decision, tool)} Accept to wait until approvers have decided; decline to take the request back. Neither approves the call.`, requestedSchema: { type: 'object', properties: {} } };
}

function page(decision: ApprovalRequired, tool: string, consoleUrl: string): JsonObject {
  return { mode: 'url', message: `${facts(decision, tool)} Open the page and sign in to decide. Opening it approves nothing.`, url: approvalPage(consoleUrl, decision.approvalId) };
}

/** Who reads it knows what was asked for; arguments are shown on the page, to those who may see them. */
function facts({ approvalId, approvalExpiresAt, message }: ApprovalRequired, tool: string): string {
  return `The call of ${tool} needs an approval: ${message}${/[.!?]$/.test(message) ? '' : '.'} It waits as ${approvalId} until ${approvalExpiresAt.toISOString()}.`;
}
