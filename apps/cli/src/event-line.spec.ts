import { eventLine } from './event-line.js';
import type { LogEvent } from './log-events.js';

const at = { topic: 'docket.decisions', partition: 3, offset: 7, hash: '', epoch: 1, sequence: 1, timeMs: 1_800_000_000_000 };
const line = (type: string, data: LogEvent['data']): string => eventLine({ at, type: `docket.decision.${type}.v1`, data, value: new Uint8Array() });

describe('an event on one line', () => {
  it('says what a call asked, what was answered, and by which approval', () => {
    const call = { verdict: 'ALLOW', would_be: null, tool: 't', rule: '', grant_id: 'g', call_id: 'c', policy_id: 'p', server_id: 's', approval: null };
    expect(line('CallDecided', call)).toBe('2027-01-15T08:00:00.000Z  ALLOW  t  grant=g  call=c  docket.decisions/3@7');
    expect(line('CallDecided', { ...call, approval: { id: 'apr_1', action: 'redeemed' } })).toContain('  call=c  approval=apr_1  ');
    expect(line('CallDecided', { ...call, would_be: 'DENY', rule: '(hidden)' })).toContain('ALLOW  t  (hidden)  grant=g  call=c  would_be=DENY  ');
  });

  it('says who decided what on an approval, and nothing of his comment', () => {
    const text = line('ApprovalResolved', { approval_id: 'apr_1', grant_id: 'g', decision: 'deny', state: 'denied', approvers: [], comment: 'hunter2', actor: 'ann' });
    expect(text).toBe('2027-01-15T08:00:00.000Z  ApprovalResolved  deny  denied  ann  grant=g  approval=apr_1  docket.decisions/3@7');
  });

  it('cannot be steered by what it shows', () => {
    expect(line('CallSettled', { outcome: 'FAILED', call_id: 'c\u001b[2J' })).not.toContain('\u001b');
  });
});
