import type { DocketError } from '#errors';
import { pageTokenOf, readApprovalId, readList, readResolve } from './approval-requests.js';

const GRANT = '0199aa00000070008000000000000abc';
const ID = `apr_${GRANT}_${'0'.repeat(24)}`;
const LIST = { pageSize: 0, pageToken: '', state: 'STATE_UNSPECIFIED', grantId: '', serverId: '' } as const;

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    return (error as DocketError).message;
  }
  throw new Error('expected the request to be refused');
}

function fieldsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    expect((error as DocketError).kind).toBe('invalid_argument');
    return (error as DocketError).violations.map(({ field }) => field);
  }
  throw new Error('expected the request to be refused');
}

describe('requests about approvals', () => {
  it('take the grant, and so the partition, from the approval id', () => {
    expect(readApprovalId(ID)).toEqual({ approvalId: ID, grantId: GRANT });
  });

  it.each(['', GRANT, `apr_${GRANT}`, `${ID}0`, ID.toUpperCase(), ` ${ID}`, `apr_${GRANT.slice(1)}_${'0'.repeat(24)}`])('refuse %j as an approval id', (text) => {
    expect(fieldsOf(() => readApprovalId(text))).toEqual(['approval_id']);
  });

  it('say everything that is wrong at once, and never repeat the comment', () => {
    const secret = 'hunter2'.repeat(50);
    expect(fieldsOf(() => readResolve({ approvalId: 'x', decision: 'DECISION_UNSPECIFIED', comment: secret }))).toEqual(['approval_id', 'decision', 'comment']);
    expect(fieldsOf(() => readResolve({ approvalId: ID, decision: 'DENY', comment: 'a\nb' }))).toEqual(['comment']);
    expect(messageOf(() => readResolve({ approvalId: ID, decision: 'DENY', comment: secret }))).toMatch(/^(?!.*hunter2).*comment: found 350 characters/);
    expect(readResolve({ approvalId: ID, decision: 'WITHDRAW', comment: '' })).toEqual({ approvalId: ID, grantId: GRANT, decision: 'withdraw', comment: '' });
  });

  it('filter a list, page by page', () => {
    expect(readList(LIST)).toEqual({ state: undefined, grantId: '', serverId: '', pageSize: 100, after: undefined });
    const after = { requestedAtMs: 1_800_000_000_000, approvalId: ID };
    expect(readList({ ...LIST, state: 'PENDING', pageSize: 5_000, pageToken: pageTokenOf(after) })).toMatchObject({ state: 'pending', pageSize: 1_000, after });
    expect(fieldsOf(() => readList({ pageSize: -1, pageToken: 'x', state: 7 as never, grantId: 'g', serverId: 'S' }))).toEqual(['state', 'grant_id', 'server_id', 'page_size', 'page_token']);
  });
});
