import { decisionMachine } from '#decision';
import type { DecisionEvent, LimitReading, ScopedLimit } from '#decision';
import type { Position } from '#ledger';
import type { Column, Transaction } from '../database.js';
import type { Target } from '../projection.js';
import { limitChargesProjection } from './limit-charges.projection.js';
import { touchedWindows, windowMachine } from './window-fold.js';

const GRANT = '1'.repeat(32);
const END_MS = 1_795_428_060_000;
const SERVER = '["demo","server","default","charges","60s",false]';
const ORGANISATION = '["","organisation","default","spend","86400s",true]';
const atOf = (offset: number, timeMs: number): Position => ({ topic: 'docket.decisions', partition: 3, offset, hash: '', epoch: 1, sequence: offset + 1, timeMs });
const limit = (counter: string, name: string, window: string, max: string, amount: string, endMs: number): ScopedLimit => ({
  rule: '/all_tools/limits/0', name, counter, window, sliding: counter === ORGANISATION, limit: max, amount, refund: ['not_sent'], used: '0', window_end_ms: endMs, resets_at_ms: endMs, free_at_ms: 0,
});
const call = { grant_id: GRANT, actor: 'gateway-1' };
const reserved = (call_id: string, scope: 'server' | 'organisation', limits: readonly ScopedLimit[]): DecisionEvent =>
  ({ type: 'QuotaReserved', scope, key: scope === 'server' ? 'default/demo' : 'default', ...call, call_id, content: 'x', server_id: 'demo', tool: 'create_charge', agent: 'assistant', limits });
const [ONE, OTHER] = ['01a207d9-f7d8-7a1b-8c2d-000000000001', '01a207d9-f7d8-7a1b-8c2d-000000000002'] as const;
const T0 = END_MS - 5_000;
// Two limits of the policy on one counter: a call takes its share once.
const EVENTS: readonly (readonly [DecisionEvent, number])[] = [
  [reserved(ONE, 'server', [limit(SERVER, 'charges', '60s', '100', '1', END_MS), limit(SERVER, 'charges', '60s', '40', '1', END_MS)]), T0],
  [reserved(ONE, 'organisation', [limit(ORGANISATION, 'spend', '86400s', '5000', '12.5', T0 + 86_400_000)]), T0],
  [reserved(OTHER, 'server', [limit(SERVER, 'charges', '60s', '100', '1', END_MS)]), T0 + 1],
  [{ type: 'QuotaReleased', scope: 'server', key: 'default/demo', ...call, call_id: OTHER, cause: 'aborted', refunds: [{ counter: SERVER, window_end_ms: END_MS, amount: '1' }], refunded: [] as LimitReading[] }, T0 + 2],
];

test('what calls take from counters that many grants share, and give back, is in the windows that the owner has', () => {
  const owner = decisionMachine({ callIdMemoryMs: 600_000, callIdAheadMs: 60_000 }, () => undefined);
  let [folded, owned] = [windowMachine.initialState(), owner.initialState()];
  const used = EVENTS.map(([event, timeMs], offset) => {
    const at = atOf(offset, timeMs);
    folded = windowMachine.evolve(folded, event, at);
    owned = owner.evolve(owned, event, at);
    expect(owned.windows.used(END_MS, SERVER)).toBe(folded.windows.used(END_MS, SERVER));
    return touchedWindows(folded, event, at).map(({ id, used: taken, limitMax, windowEndMs }) => [id.scope, id.grant_id, id.server_id, id.scope_key, id.counter, taken, limitMax, windowEndMs]);
  });
  expect(used).toEqual([
    [['server', '', 'demo', 'default', 'charges', '1', '40', END_MS]],
    [['organisation', '', '', 'default', 'spend', '12.5', '5000', 0]],
    [['server', '', 'demo', 'default', 'charges', '2', '100', END_MS]],
    [['server', '', 'demo', 'default', 'charges', '1', null, END_MS]],
  ]);
});

test('each share is a charge of its call, once for each counter, and is marked when it is given back', async () => {
  const rows: unknown[][] = [];
  const marked: unknown[][] = [];
  const cells = <R>(columns: readonly Column<R>[], row: R): unknown[] => columns.map(({ of }) => of(row));
  const transaction = {
    add: <R>(_table: string, columns: readonly Column<R>[], added: readonly R[]) => Promise.resolve(rows.push(...added.map((row) => cells(columns.filter(({ name }) => ['charge_no', 'call_id', 'grant_id', 'tool', 'agent', 'scope', 'counter', 'amount'].includes(name)), row)))),
    update: <R>(_table: string, _set: string, columns: readonly Column<R>[], changed: readonly R[]) => Promise.resolve(marked.push(...changed.map((row) => cells(columns, row)))),
  } as unknown as Transaction;
  const writer = await limitChargesProjection.open({ table: 't' } as Target);
  const events = EVENTS.map(([event, timeMs], offset) => ({ event, at: atOf(offset, timeMs) }));
  await writer.write(transaction, [{ partition: 3, events } as never]);
  expect(rows).toEqual([
    [0, ONE, GRANT, 'create_charge', 'assistant', 'server', 'charges', '1'],
    [0, ONE, GRANT, 'create_charge', 'assistant', 'organisation', 'spend', '12.5'],
    [0, OTHER, GRANT, 'create_charge', 'assistant', 'server', 'charges', '1'],
  ]);
  expect(marked).toEqual([[GRANT, OTHER, SERVER, T0 + 2]]);
});
