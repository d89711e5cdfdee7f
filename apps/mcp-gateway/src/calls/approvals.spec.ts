import type { ApprovalState, ApprovalStatus } from '#client';
import { DocketError } from '#errors';
import { createLogger } from '#platform';
import { ClientGone, type Exchange } from '../ports.js';
import { Approvals } from './approvals.js';

const ID = 'apr_x';
const OPENED_BY = 'the first call';
let state: ApprovalState;
let log: string[];
let withdrawn: string[];
let answer: PromiseWithResolvers<void>;
let approvals: Approvals;
let isThere: boolean;

beforeEach(() => {
  [state, log, withdrawn, isThere, answer] = ['PENDING', [], [], true, Promise.withResolvers()];
  const status = (): ApprovalStatus => ({ approvalId: ID, state, grantId: 'g', tool: 't', rule: '', message: '', expiresAt: null, needed: 1, approvers: [], decidedAt: null, callId: OPENED_BY, redeemedByCallId: '' });
  approvals = new Approvals({
    logger: createLogger({ level: 'warn', app: 'spec', destination: { write: (line: string) => void log.push(line) } }),
    docket: {
      waitApproval: async (_id, options) => {
        const gone = Promise.withResolvers<never>();
        options?.signal?.addEventListener('abort', () => gone.reject(new DocketError('deadline_exceeded', { reason: 'ABORTED', message: 'it was given up' })));
        if (options?.signal?.aborted === true) gone.reject(new DocketError('deadline_exceeded', { reason: 'ABORTED', message: 'it was given up' }));
        await Promise.race([answer.promise, gone.promise]);
        return status();
      },
      getApproval: async () => {
        if (!isThere) throw new DocketError('unavailable', { reason: 'NO_NODE', message: 'nobody' });
        return status();
      },
      withdrawApproval: async (id) => {
        if (state === 'REDEEMED') throw new DocketError('failed_precondition', { reason: 'APPROVAL_ENDED', message: 'it is redeemed' });
        withdrawn.push(id);
        state = 'WITHDRAWN';
        return status();
      },
    },
  });
});

function client(era: Exchange['era'] = 'modern'): { readonly exchange: Exchange; leave(reason?: Error): void } {
  const end = new AbortController();
  return { exchange: { era, signal: end.signal, notify: () => undefined } as unknown as Exchange, leave: (reason = new ClientGone('gone')) => end.abort(reason) };
}
const held = (exchange: Exchange, callIds: readonly string[] = [OPENED_BY]): Promise<ApprovalState> => approvals.hold(ID, exchange, { value: -1 }, callIds);

test('a client of the modern era that goes away takes back what it has asked people for (C8)', async () => {
  const { exchange, leave } = client();
  const found = held(exchange);
  leave();
  expect(await found).toBe('PENDING');
  await approvals.drained();
  expect(withdrawn).toEqual([ID]);
});

test('one that was gone before the verdict came does so, too', async () => {
  const { exchange, leave } = client();
  leave();
  expect(await held(exchange)).toBe('PENDING');
  await approvals.drained();
  expect(withdrawn).toEqual([ID]);
});

test.each<[string, Exchange['era'], Error, readonly string[]]>([
  ['a client with a session that goes away', 'legacy', new ClientGone('gone'), [OPENED_BY]],
  ['a gateway that stops', 'modern', new Error('the gateway stops'), [OPENED_BY]],
  ['a call that has met the approval of another one', 'modern', new ClientGone('gone'), ['another call']],
])('%s leaves it as it is', async (_, era, reason, callIds) => {
  const { exchange, leave } = client(era);
  const found = held(exchange, callIds);
  leave(reason);
  expect(await found).toBe('PENDING');
  await approvals.drained();
  expect(withdrawn).toEqual([]);
});

test('an approval that two identical calls wait for goes with the last of them', async () => {
  const [one, other] = [client(), client()];
  const both = [held(one.exchange), held(other.exchange)];
  one.leave();
  await both[0];
  await approvals.drained();
  expect(withdrawn).toEqual([]);
  other.leave();
  await both[1];
  await approvals.drained();
  expect(withdrawn).toEqual([ID]);
});

test('an approval that a task was given for does not go with other calls that wait for it, whoever has asked first', async () => {
  const { exchange, leave } = client();
  const found = held(exchange);
  approvals.keptByTask(ID);
  leave();
  await found;
  await approvals.drained();
  expect(withdrawn).toEqual([]);
});

test('nor does one that somebody has come to wait for while it was being looked at', async () => {
  const [one, other] = [client(), client()];
  const found = held(one.exchange);
  one.leave();
  await found;
  const late = held(other.exchange);
  await approvals.drained();
  expect(withdrawn).toEqual([]);
  other.leave();
  await late;
  await approvals.drained();
  expect(withdrawn).toEqual([ID]);
});

test('what has ended stays as it ended, and what cannot be withdrawn is said in the log', async () => {
  state = 'REDEEMED';
  await approvals.withdraw(ID);
  const gone = client();
  const found = held(gone.exchange);
  isThere = false;
  gone.leave();
  await found;
  await approvals.drained();
  expect(withdrawn).toEqual([]);
  expect(log.map((line) => (JSON.parse(line) as { reason: string }).reason)).toEqual(['NO_NODE']);
});

test('whoever waits hears of the decision', async () => {
  const found = held(client().exchange);
  state = 'APPROVED';
  answer.resolve();
  expect(await found).toBe('APPROVED');
  expect(withdrawn).toEqual([]);
});
