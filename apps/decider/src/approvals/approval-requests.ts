import type { approval } from '#contracts';
import { DocketError } from '#errors';
import type { FieldViolation } from '#errors';

const APPROVAL_ID = /^apr_([0-9a-f]{32})_[0-9a-f]{24}$/;
const GRANT_ID = /^[0-9a-f]{32}$/;
const SERVER_ID = /^[a-z0-9-]{1,63}$/;
const COMMENT_LENGTH_MAX = 256;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const PAGE_SIZE_DEFAULT = 100;
const PAGE_SIZE_MAX = 1_000;
const PAGE_TOKEN_LENGTH_MAX = 512;

/** An approval id names the grant, and so the partition, that it belongs to. */
export interface ApprovalReference {
  readonly approvalId: string;
  readonly grantId: string;
}

export interface ResolveInput extends ApprovalReference {
  readonly decision: 'approve' | 'deny' | 'withdraw';
  readonly comment: string;
}

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'withdrawn' | 'redeemed' | 'expired' | 'erased';

/** Where a page begins: after this approval, in the order of `requestedAtMs`, then `approvalId`. */
export interface PageStart {
  readonly requestedAtMs: number;
  readonly approvalId: string;
}

export interface ListInput {
  readonly state: ApprovalState | undefined;
  /** '' for all. */
  readonly grantId: string;
  readonly serverId: string;
  readonly pageSize: number;
  readonly after: PageStart | undefined;
}

const DECISIONS: Readonly<Record<string, ResolveInput['decision']>> = { APPROVE: 'approve', DENY: 'deny', WITHDRAW: 'withdraw' };
const STATES: Readonly<Record<string, ApprovalState | undefined>> = {
  PENDING: 'pending', APPROVED: 'approved', DENIED: 'denied', WITHDRAWN: 'withdrawn', REDEEMED: 'redeemed', EXPIRED: 'expired', STATE_ERASED: 'erased',
};

/** Throws invalid_argument. */
export function readApprovalId(text: string): ApprovalReference {
  const violations: FieldViolation[] = [];
  const found = referenceOf(text, violations);
  if (found === undefined) throw invalid(violations);
  return found;
}

/** Throws invalid_argument with all that is wrong; the comment is not repeated. */
export function readResolve(request: approval.ResolveApprovalRequest__Output): ResolveInput {
  const violations: FieldViolation[] = [];
  const reference = referenceOf(request.approvalId, violations);
  const decision = DECISIONS[String(request.decision)];
  if (decision === undefined) violations.push({ field: 'decision', description: 'found none, expected APPROVE, DENY or WITHDRAW' });
  const { comment } = request;
  if (comment.length > COMMENT_LENGTH_MAX) violations.push({ field: 'comment', description: `found ${comment.length} characters, expected at most ${COMMENT_LENGTH_MAX}` });
  else if (CONTROL.test(comment)) violations.push({ field: 'comment', description: 'found a control character or line break, expected one line of text' });
  if (reference === undefined || decision === undefined || violations.length > 0) throw invalid(violations);
  return { ...reference, decision, comment };
}

/** Throws invalid_argument with all that is wrong. */
export function readList(request: approval.ListApprovalsRequest__Output): ListInput {
  const violations: FieldViolation[] = [];
  const { grantId, serverId, pageSize, pageToken } = request;
  const state = STATES[String(request.state)];
  if (state === undefined && request.state !== 'STATE_UNSPECIFIED') violations.push({ field: 'state', description: `expected one of ${Object.keys(STATES).join(', ')}, or none for all` });
  if (grantId !== '' && !GRANT_ID.test(grantId)) violations.push({ field: 'grant_id', description: 'expected a grant id: 32 lower-case hex characters' });
  if (serverId !== '' && !SERVER_ID.test(serverId)) violations.push({ field: 'server_id', description: 'expected 1 to 63 lower-case letters, digits and dashes' });
  if (pageSize < 0) violations.push({ field: 'page_size', description: `found ${pageSize}, expected a whole number from 0 to ${PAGE_SIZE_MAX}` });
  const after = pageToken === '' ? undefined : pageStartOf(pageToken);
  if (pageToken !== '' && after === undefined) violations.push({ field: 'page_token', description: 'expected a next_page_token of this list' });
  if (violations.length > 0) throw invalid(violations);
  return { state, grantId, serverId, pageSize: pageSize === 0 ? PAGE_SIZE_DEFAULT : Math.min(pageSize, PAGE_SIZE_MAX), after };
}

export function pageTokenOf({ requestedAtMs, approvalId }: PageStart): string {
  return Buffer.from(`${requestedAtMs} ${approvalId}`).toString('base64url');
}

function pageStartOf(token: string): PageStart | undefined {
  if (token.length > PAGE_TOKEN_LENGTH_MAX) return undefined;
  const [time = '', approvalId = '', ...others] = Buffer.from(token, 'base64url').toString('utf8').split(' ');
  if (others.length > 0 || !/^\d{1,15}$/.test(time) || !APPROVAL_ID.test(approvalId)) return undefined;
  return { requestedAtMs: Number(time), approvalId };
}

function referenceOf(text: string, violations: FieldViolation[]): ApprovalReference | undefined {
  const found = APPROVAL_ID.exec(text);
  if (found !== null) return { approvalId: text, grantId: found[1]! };
  violations.push({ field: 'approval_id', description: `found ${text === '' ? 'nothing' : 'something else'}, expected an approval id: apr_<grant id>_<24 hex characters>` });
  return undefined;
}

function invalid(violations: readonly FieldViolation[]): DocketError {
  const fields = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
  return new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the request is not acceptable: ${fields}`, violations });
}
