import type { CompiledLimit } from '#policy';
import { counterIdentity, isReadingOf, isSliding } from './counter-identity.js';
import type { GrantSet, LimitReading } from './model.js';

const limitOf = (fields: Partial<CompiledLimit> = {}): CompiledLimit => ({
  pointer: '', counter: 'c', perTool: false, scope: 'grant', isWider: false, window: 'minute', windowKey: '60s', sliding: false, slidingMs: undefined, incrementFrom: '',
  amountOf: () => 1, max: 1, refund: ['not_sent'], ...fields,
});
const grantOf = (grant_id: string, server_id = 'demo'): GrantSet => ({
  type: 'GrantSet', registry_offset: 1, grant_id, organisation: 'default', server_id, secret_hash: '', policy_id: '', mode: 'enforce', expires_at_ms: null, revoked: false,
});
const parse = (text: string): unknown => JSON.parse(text);

test('names server, scope, its key, counter, window and whether it slides, as JSON', () => {
  const call = { grant: grantOf('g', 's"\\\u2028'), tool: 't€', session_id: '"', agent: '\ud800' };
  expect(parse(counterIdentity(limitOf({ counter: '"\\c' }), call))).toEqual(['s"\\\u2028', 'grant', 'g', '"\\c', '60s', false]);
  expect(parse(counterIdentity(limitOf({ scope: 'session', perTool: true }), call))).toEqual(['s"\\\u2028', 'session', ['g', '"'], 'rate_limit:t€', '60s', false]);
  expect(parse(counterIdentity(limitOf({ scope: 'agent', sliding: true }), call))).toEqual(['s"\\\u2028', 'agent', ['g', '\ud800'], 'c', '60s', true]);
});

test('never mixes up two grants, two limits, or one grant before and after an edit, however many there are', () => {
  const limits = [limitOf(), limitOf({ counter: 'd' })];
  const grants = Array.from({ length: 60_000 }, (_, i) => grantOf(`g${i}`));
  for (let round = 0; round < 2; round++) {
    for (const grant of grants) {
      for (const limit of limits) {
        const identity = counterIdentity(limit, { grant, tool: '', session_id: '', agent: '' });
        if (identity !== `["demo","grant","${grant.grant_id}","${limit.counter}","60s",false]`) throw new Error(identity);
      }
    }
  }
  const [limit] = limits as [CompiledLimit];
  expect(parse(counterIdentity(limit, { grant: grantOf('g0', 'moved'), tool: '', session_id: '', agent: '' }))).toContain('moved');
});

test('a limit that counts per tool, session or agent names another counter for each', () => {
  const call = { grant: grantOf('g'), tool: 'a', session_id: 'a', agent: 'a' };
  for (const [fields, key] of [[{ perTool: true }, 'tool'], [{ scope: 'session' }, 'session_id'], [{ scope: 'agent' }, 'agent']] as const) {
    const limit = limitOf(fields);
    expect(new Set([counterIdentity(limit, call), counterIdentity(limit, { ...call, [key]: 'b' }), counterIdentity(limit, call)]).size).toBe(2);
  }
});

test('says of a reading whether it is of a counter', () => {
  const counter = counterIdentity(limitOf({ sliding: true }), { grant: grantOf('g'), tool: '', session_id: '', agent: '' });
  const reading: LimitReading = { rule: '', counter: 'c', scope: 'grant', window: '60s', sliding: true, limit: '1', used: '0', remaining: '1', resets_at_ms: 0, refused: false };
  expect([isSliding(counter), isReadingOf(reading, counter)]).toEqual([true, true]);
  for (const other of [{ sliding: false }, { scope: 'agent' as const }, { window: 'week' }, { counter: 'd' }]) expect(isReadingOf({ ...reading, ...other }, counter)).toBe(false);
});
