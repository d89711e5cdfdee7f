import fc from 'fast-check';
import { parsePolicy } from './parse-policy.js';
import { PATTERN_WORK_MAX, type Pattern, Patterns } from './pattern.js';

function compiled(text: string): Pattern {
  const pattern = new Patterns().compile(text);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}

test('a pattern matches what its definition says', () => {
  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '^', '$', '\\b', ''),
      fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
      fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(${left}|${right})`),
      fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?')).map(([inner, times]) => `(?:${inner})${times}`),
    ),
  }));
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ' '), { maxLength: 12 }).map((units) => units.join(''));
  fc.assert(fc.property(node, text, (pattern, input) => { expect(compiled(pattern).matches(input)).toBe(new RegExp(pattern, 'u').test(input)); }), { numRuns: 1_500 });
});

test.each([
  [`^https://${'a'.repeat(60)}(?=x)`, 'invalid or unsupported Perl syntax: "(?="'],
  [`${'a'.repeat(70)}(?<!x)b`, 'invalid named capture: "(?<!x)b"'],
  [`(${'a'.repeat(70)})\\1`, 'invalid escape sequence: "\\\\1"'],
  [`${'a'.repeat(70)}{2000}`, 'invalid repeat count: "{2000}"'],
  [`${'a'.repeat(70)}\\`, 'trailing backslash at end of expression'],
])('the refusal of %s shows the part that is refused', (text, reason) => {
  expect(new Patterns().compile(text)).toBe(reason);
  const regex = { path: 'args.x', op: 'regex', value: text };
  const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools: { a: { deny_if: [{ conditions: [regex] }] } } }));
  expect(parsed.ok ? [] : parsed.problems).toEqual([expect.objectContaining({ pointer: '/tools/a/deny_if/0/conditions/0/value', found: reason })]);
});

test('what was matched before changes nothing', () => {
  const pattern = compiled('(a|b)*abb$');
  const texts = ['abb', 'ab', 'babb', '', 'abba', 'aabb'.repeat(50)];
  const first = texts.map((text) => pattern.matches(text));
  expect(first).toEqual([true, false, true, false, false, true]);
  expect([...texts].reverse().map((text) => pattern.matches(text)).reverse()).toEqual(first);
});

test('no pattern takes more than its share for a text that is four times longer', () => {
  let seed = 1;
  const unit = (): string => ((seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) > 2 ** 31 ? 'a' : 'b');
  const text = Array.from({ length: 1024 * 1024 }, unit).join('');
  const cpuMsOf = (work: () => unknown): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  // Each of them makes engines that backtrack, or that keep every state they have seen, stand still.
  for (const hostile of ['(a|aa)+$', '(?:a.{0,500}){2}[^abz]', 'a[ab]{15}[^abz]', '(a?){30}a{30}[^ab]']) {
    const pattern = compiled(hostile);
    const input = text.slice(0, PATTERN_WORK_MAX / pattern.size);
    const quarter = input.slice(0, input.length / 4);
    const shorterMs = Math.max(cpuMsOf(() => pattern.matches(quarter)), cpuMsOf(() => pattern.matches(quarter)), 20);
    // Linear is 4, quadratic 16, and what backtracks does not end.
    expect(cpuMsOf(() => pattern.matches(input))).toBeLessThan(12 * shorterMs);
  }
}, 300_000);
