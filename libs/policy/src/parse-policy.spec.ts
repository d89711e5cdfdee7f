import fc from 'fast-check';
import { canonicalPolicyText, compilePolicy, parsePolicy } from '#policy';

function problemsOf(document: unknown): readonly { pointer: string; found: string; expected: string; message: string }[] {
  const parsed = parsePolicy(typeof document === 'string' ? document : JSON.stringify(document));
  return parsed.ok ? [] : parsed.problems;
}

const limit = { counter: 'c', window: 'day', max: 1 };

test('reports 300 problems of one document, each where it is', () => {
  const tools = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`t${i}`, { limits: [{ ...limit, max: `${i}` }] }]));
  const problems = problemsOf({ version: '1', default: 'deny', tools });
  expect(problems).toHaveLength(300);
  expect(problems[299]).toEqual({
    pointer: '/tools/t299/limits/0/max', found: '"299"', expected: 'an integer from 0 to 1000000000000000',
    message: 'found "299", expected an integer from 0 to 1000000000000000',
  });
});

test('lists 1,000 problems and counts the rest', () => {
  const tools = Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`t${i}`, 0]));
  const problems = problemsOf({ version: '1', default: 'deny', tools });
  expect(problems).toHaveLength(1_001);
  expect(problems[1_000]?.message).toBe('and 500 more problems, not listed');
});

test('holds every bound of a document', () => {
  const many = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
  const document = (tool: unknown): unknown => ({ version: '1', default: 'deny', tools: { a: tool } });
  const limits = (count: number): unknown[] => many(count, (i) => ({ ...limit, counter: `c${i}` }));
  const rules = (count: number): unknown[] => many(count, () => ({ conditions: [] }));
  expect(problemsOf(document({ limits: limits(20), deny_if: rules(50) }))).toEqual([]);
  expect(problemsOf(document({ limits: limits(21) })).map(({ pointer }) => pointer)).toEqual(['/tools/a/limits']);
  expect(problemsOf(document({ limits: limits(20), rate_limit: '1/day' })).map(({ pointer }) => pointer)).toEqual(['/tools/a/rate_limit']);
  expect(problemsOf(document({ deny_if: rules(51) })).map(({ pointer }) => pointer)).toEqual(['/tools/a/deny_if']);
  const tools = (count: number): unknown => ({ version: '1', default: 'deny', tools: Object.fromEntries(many(count, (i) => [`t${i}`, {}])) });
  expect(problemsOf(tools(2_000))).toEqual([]);
  expect(problemsOf(tools(2_001)).map(({ pointer }) => pointer)).toEqual(['/tools']);
  expect(problemsOf(`{"version":"1","default":"deny","x-pad":"${'x'.repeat(256 * 1024)}"}`)[0]?.message).toContain('at most 262144 bytes');
  expect(problemsOf(document({ limits: [{ ...limit, counter: 'c'.repeat(385) }] })).map(({ pointer }) => pointer)).toEqual(['/tools/a/limits/0/counter']);
  expect(problemsOf({ version: '1', default: 'deny', tools: { ['t'.repeat(257)]: {}, '': {}, 'a\u0000': {} } })).toHaveLength(3);
});

test('refuses a document that outgrows the bound when it is normalised', () => {
  const tools = Object.fromEntries(Array.from({ length: 1_900 }, (_, i) => [`a_rather_long_tool_name_that_comes_twice_${i}`, { rate_limit: '1/day' }]));
  expect(problemsOf({ version: '1', default: 'deny', tools })[0]?.found).toMatch(/^[0-9]+ bytes once it is normalised$/);
});

test('bounds what the names of one call\'s limits add to its event', () => {
  const limits = Array.from({ length: 20 }, (_, i) => ({ ...limit, counter: `${i}`.padEnd(300, 'x') }));
  expect(problemsOf({ version: '1', default: 'deny', tools: { a: { limits } } })).toMatchObject([{ pointer: '/tools/a', found: expect.stringContaining('bytes of names') }]);
});

test.each(['null', '[]', '"x"', '5', '{}', '', '{', 'true'])('refuses %j with a problem, whatever it is', (text) => {
  expect(problemsOf(text).length).toBeGreaterThan(0);
});

test('never throws and never accepts in part, whatever is in a document', () => {
  const anything = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e300, '', '*', 'minute', 'grant', '10/minute', '1', 'allow', 'deny', 'not_sent'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('version', 'default', 'hide', 'all_tools', 'tools', 'limits', 'counter', 'window', 'max', 'scope', 'refund', 'seconds', 'rate_limit', 'action', 'reason', 'deny_if', 'conditions', 'x-a', '__proto__', 'a*'),
        tie('node'), { maxKeys: 6 },
      ),
    ),
  })).node;
  fc.assert(
    fc.property(anything, anything, (tools, rest) => {
      const document = JSON.stringify({ version: '1', default: 'deny', ...(typeof rest === 'object' && rest !== null && !Array.isArray(rest) ? rest : {}), tools });
      const parsed = parsePolicy(document);
      if (parsed.ok) expect(compilePolicy(parsed.policy)).toBeDefined();
      else for (const problem of parsed.problems) expect(problem).toEqual({ pointer: expect.any(String), found: expect.any(String), expected: expect.any(String), message: expect.any(String) });
    }),
    { numRuns: 1_000 },
  );
});

test('normalising the normalised document changes nothing, and the order of keys does not matter', () => {
  const name = fc.constantFrom('a', 'b', 'get_*', '*', 'x/y~z', '__proto__', 'é', 'toString');
  const someLimit = fc.record(
    {
      counter: fc.constantFrom('c', 'd', 'rate_limit:{tool}'), max: fc.constantFrom(0, 1, 60, 1_000),
      window: fc.constantFrom<unknown>('second', 'minute', 'week', 'month', { seconds: 60 }), scope: fc.constantFrom('grant', 'session'), sliding: fc.constant(false), 'x-l': fc.constant([1.5]),
    },
    { requiredKeys: ['counter', 'max', 'window'] },
  );
  const tool = fc.record(
    {
      limits: fc.array(someLimit, { maxLength: 3 }), rate_limit: fc.constantFrom<unknown>('10/minute', { max: 1, window: 5, 'x-r': 1 }),
      action: fc.constantFrom('allow', 'deny'), 'x-t': fc.constant({ b: 1, a: [2] }),
    },
    { requiredKeys: [] },
  );
  const document = fc.record(
    { version: fc.constant('1'), default: fc.constantFrom('allow', 'deny'), hide: fc.oneof(fc.constant('*'), fc.uniqueArray(fc.constantFrom('a', 'b', 'q'))), all_tools: fc.record({ limits: fc.array(someLimit, { maxLength: 2 }) }), tools: fc.array(fc.tuple(name, tool), { maxLength: 5 }).map((entries) => new Map(entries)) },
    { requiredKeys: ['version', 'default', 'tools'] },
  );
  // Object.fromEntries would lose `__proto__`, which is a tool name like any other.
  const write = (value: unknown, reverse: boolean): string => {
    if (Array.isArray(value)) return `[${value.map((item) => write(item, reverse)).join()}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return `{${(reverse ? entries.reverse() : entries).map(([key, member]) => `${JSON.stringify(key)}:${write(member, reverse)}`).join()}}`;
  };
  fc.assert(
    fc.property(document, (one) => {
      const first = parsePolicy(write(one, false));
      const reversed = parsePolicy(write(one, true));
      if (!first.ok || !reversed.ok) throw new Error(JSON.stringify(first));
      const text = canonicalPolicyText(first.policy);
      expect(canonicalPolicyText(reversed.policy)).toBe(text);
      const again = parsePolicy(text);
      if (!again.ok) throw new Error(JSON.stringify(again.problems));
      expect(canonicalPolicyText(again.policy)).toBe(text);
      expect(compilePolicy(again.policy)).toEqual(compilePolicy(first.policy));
    }),
    { numRuns: 300 },
  );
});
