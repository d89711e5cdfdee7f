import { DocketError } from '#errors';
import type { Policy } from '#policy';
import { counterWarnings } from './counter.warnings.js';
import { readPolicyDocument } from './policy.document.js';

const bytes = (document: unknown): Buffer => Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));

function refusal(document: Uint8Array): DocketError {
  try {
    readPolicyDocument(document);
  } catch (error) {
    return error as DocketError;
  }
  throw new Error('expected the document to be refused');
}

describe('a policy document', () => {
  it('has one version however it is spelled', () => {
    const a = readPolicyDocument(bytes({ version: '1', default: 'deny', tools: { t: { limits: [{ counter: 'c', window: 'minute', max: 1 }] } } }));
    const b = readPolicyDocument(bytes('{ "tools": {"t": {"limits": [{"max": 1.0, "window": "minute", "counter": "c", "scope": "grant"}]}}, "default": "deny", "version": "1" }'));
    expect(b.version).toBe(a.version);
    expect(a.version).toMatch(/^[0-9a-f]{64}$/);
    expect(readPolicyDocument(bytes(a.text)).version).toBe(a.version);
  });

  it('is refused with every problem at its place', () => {
    const { kind, violations } = refusal(bytes({ version: '2', default: 'perhaps', tools: { t: { limits: [{ counter: 'c', window: 'day', max: 1, scope: 'tenant' }], require: [{ conditions: [] }] } } }));
    expect(kind).toBe('invalid_argument');
    expect(violations.map(({ field }) => field)).toEqual(expect.arrayContaining(['document/version', 'document/default']));
    expect(violations.find(({ field }) => field === 'document/version')?.description).toContain('expected');
    expect(violations.some(({ field, description }) => field === 'document/tools/t/limits/0/scope' && description.includes('"organisation"'))).toBe(true);
  });

  it('is refused when it is no UTF-8, no JSON, or empty', () => {
    for (const document of [Buffer.from([0xff, 0xfe]), bytes('{'), bytes('')]) {
      expect(refusal(document)).toMatchObject({ kind: 'invalid_argument', reason: 'POLICY_INVALID' });
    }
  });

  it('is refused when its normal form is too large to be read again', () => {
    const tools = Object.fromEntries(Array.from({ length: 1_999 }, (_, n) => [`tool_${n}_${'x'.repeat(60)}`, { rate_limit: '1/minute' }]));
    const document = bytes({ version: '1', default: 'deny', tools });
    expect(document.length).toBeLessThan(256 * 1024);
    expect(refusal(document).violations[0]?.description).toContain('once it is normalised');
  });
});

describe('publishing says', () => {
  const policy = (limits: object[]): Policy => readPolicyDocument(bytes({ version: '1', default: 'deny', tools: { 'a/b': { limits } } })).policy;
  const limit = { counter: 'c', window: 'minute', max: 5, scope: 'grant' };

  it.each([
    ['another window', { ...limit, window: 'hour' }],
    ['another scope', { ...limit, scope: 'session' }],
    ['a sliding window', { ...limit, sliding: true }],
  ])('that a counter with %s starts empty', (_what, changed) => {
    expect(counterWarnings(policy([limit]), policy([changed]))).toEqual([
      { pointer: '/tools/a~1b/limits/0', message: expect.stringContaining('the counter starts empty: it was counted per minute and grant') },
    ]);
  });

  it('that a renamed counter starts empty, and one that adds something else does not', () => {
    expect(counterWarnings(policy([limit]), policy([{ ...limit, counter: 'd' }]))).toEqual([
      { pointer: '/tools/a~1b/limits/0', message: 'the counter starts empty: this limit counted "c" before, now "d"' },
    ]);
    expect(counterWarnings(policy([limit]), policy([{ ...limit, increment_from: 'args.n' }]))).toEqual([
      { pointer: '/tools/a~1b/limits/0', message: expect.stringContaining('keeps what it has used: it added 1 a call, from now on the value of args.n') },
    ]);
  });

  it.each([
    ['another maximum', [{ ...limit, max: 6 }]],
    ['the same window in other words', [{ ...limit, window: { seconds: 60 } }]],
    ['another counter', [limit, { ...limit, counter: 'd' }]],
  ])('nothing about %s', (_what, changed) => {
    expect(counterWarnings(policy([limit]), policy(changed))).toEqual([]);
  });
});
