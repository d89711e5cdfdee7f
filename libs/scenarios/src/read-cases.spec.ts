import fc from 'fast-check';
import { readCases } from './read-cases.js';
import type { Scenario } from './case.js';

const problems = (text: string): string[] => {
  const read = readCases(text);
  return read.ok ? [] : read.problems.map(({ line, message }) => `${line}: ${message}`);
};
const first = (text: string): Scenario => {
  const read = readCases(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.cases[0]!;
};

describe('a file of cases', () => {
  it('hands numbers on digit for digit', () => {
    const { policy, steps } = first('- name: n\n  policy: { max: 9007199254740993, "1": 0.10 }\n  steps:\n    - call: { tool: t, arguments: { a: 1e2, b: -0.0, c: "7", d: [null, true] } }\n');
    expect(policy?.text).toBe('{"max":9007199254740993,"1":0.10}');
    expect(steps?.[0]?.call?.arguments?.text).toBe('{"a":1e2,"b":-0.0,"c":"7","d":[null,true]}');
  });

  it('follows aliases', () => {
    const read = readCases('- name: a\n  policy: &p { version: "1" }\n  steps: [{ call: { tool: t } }]\n- name: b\n  policy: *p\n  steps: [{ call: { tool: t } }]\n');
    expect(read.ok && read.cases.map(({ policy }) => policy?.text)).toEqual(['{"version":"1"}', '{"version":"1"}']);
  });

  it('may say once what holds for all of its cases', () => {
    const read = readCases('policy_file: p.json\nat: 2026-01-01T00:00:00Z\ncases:\n  - { name: a, steps: [{ wait: 1s }] }\n  - { name: b, policy: {}, at: 2027-01-01T00:00:00Z, steps: [{ wait: 1s }] }\n');
    expect(read.ok && read.cases.map(({ policy_file, policy, at }) => [policy_file, policy?.text, at])).toEqual([
      ['p.json', undefined, Date.UTC(2026, 0, 1)], [undefined, '{}', Date.UTC(2027, 0, 1)],
    ]);
  });

  it('knows the line of every case and step', () => {
    const { line, steps } = first('\n- name: a\n  steps:\n    - wait: 1s\n    - call:\n        tool: t\n');
    expect([line, steps?.map((step) => step.line)]).toEqual([2, [4, 5]]);
  });

  it('is refused with every problem, each at its line', () => {
    expect(problems('- name: a\n  stesp: []\n  steps:\n    - call: { tool: t, agument: 1 }\n    - wait: soon\n    - call: { tool: t }\n      expect:\n        verdict: MAYBE\n')).toEqual([
      expect.stringMatching(/^2: unknown key "stesp"$/),
      expect.stringMatching(/^4: steps\[1\]\.call: unknown key "agument"$/),
      expect.stringMatching(/^5: steps\[2\]\.wait: expected a duration such as 30s/),
      expect.stringMatching(/^8: steps\[3\]\.expect\.verdict: .*ALLOW/),
    ]);
  });

  it.each([
    ['no YAML', '- {', /^1: /],
    ['no list', 'a text', /^1: /],
    ['no cases', 'cases: []', /^1: cases: /],
    ['a time that is none above the cases', 'at: yesterday\ncases: [{ name: a, text: "" }]', /^1: at: expected a time in UTC/],
    ['a list of files above the cases', 'policy_file: [p.json]\ncases: [{ name: a, text: "" }]', /^1: policy_file: /],
    ['a second case of the same name', '- { name: a, text: "" }\n- { name: a, text: "" }', /^2: a second case of the name "a"$/],
    ['two actions in one step', '- name: a\n  steps:\n    - { revoke: g1, call: { tool: t } }', /^3: steps\[1\].*expected one action, found call and revoke/],
    ['an expectation of nothing', '- name: a\n  steps:\n    - { wait: 1s, expect: { verdict: ALLOW } }', /^3: steps\[1\]: expected an action/],
    ['an expectation that says nothing', '- name: a\n  steps:\n    - { call: { tool: t }, expect: {} }', /expect: expected something/],
    ['limits of which nothing is expected', '- name: a\n  steps:\n    - { call: { tool: t }, expect: { used: {} } }', /used: expected at least one counter/],
    ['a history and a document', '- { name: a, text: "", steps: [{ wait: 1s }] }', /found steps and text/],
    ['two policies', '- { name: a, policy: {}, policy_file: p, steps: [{ wait: 1s }] }', /expected one policy, found policy and policy_file/],
    ['a number that JSON has not', '- { name: a, steps: [{ call: { tool: t, arguments: { n: 0x10 } } }] }', /the number 0x10 is not spelled as in JSON/],
    ['a key that is no text', '- { name: a, [1]: 2, text: "" }', /expected a text as the key/],
    ['a key that JavaScript would take for its own', '- { name: a, __proto__: { text: "" } }', /expected a text as the key/],
    ['a key twice', '- { name: a, name: b, text: "" }', /unique/],
    ['a tab in the indentation', '- name: a\n\t- x', /^2: /],
    ['a time of another zone', '- { name: a, at: "2026-11-23T10:00:30+01:00", steps: [{ wait: 1s }] }', /expected a time in UTC/],
    ['a text that repeats too often', '- { name: a, text: [{ repeat: "x", times: 2000000, join: "12345" }] }', /expected a shorter text/],
    ['aliases that multiply', `- &a0 [x]\n${Array.from({ length: 20 }, (_, i) => `- &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`).join('\n')}`, /more than 200000 values/],
    ['an alias of what holds it', '- &a [*a]', /levels|Unresolved/],
    ['a file that is too large', ' '.repeat(1024 * 1024 + 1), /expected at most 1048576 bytes/],
  ])('is refused: %s', (_what, text, says) => {
    const found = problems(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toMatch(says);
  });

  it('is read or refused with lines, whatever is changed in it', () => {
    const valid = '- name: a\n  policy: &p { version: "1", default: deny, tools: { t: {} } }\n  at: 2026-11-23T10:00:00Z\n  steps:\n    - { wait: 1s, call: { tool: t, arguments: { n: 1e2 } }, times: 2, expect: { verdict: ALLOW } }\n    - publish: *p\n';
    const pieces = ['[', ']', '{', '}', ':', ',', '- ', '\n', '  ', '&a ', '*a', '*p', '!!x ', '"', "'", '|', '? ', '#', '%', '\t', '0x1', '~', '<<: *p', '...', '---\n'];
    fc.assert(fc.property(fc.nat(valid.length), fc.nat(8), fc.constantFrom(...pieces), (at, cut, piece) => {
      const text = valid.slice(0, at) + piece + valid.slice(at + cut);
      const read = readCases(text);
      if (!read.ok) for (const { line, message } of read.problems) expect(line >= 1 && message.length > 0).toBe(true);
      expect(read.ok || read.problems.length > 0).toBe(true);
    }), { numRuns: 500 });
  });
});
