import { CoreDriver } from './core-driver.js';
import type { Action, Outcome } from './driver.js';
import { failureText } from './failure-text.js';
import { type Turn, playCase, runCase } from './play-case.js';
import { readCases } from './read-cases.js';

function played(text: string): string | undefined {
  const read = readCases(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { failure } = runCase(read.cases[0]!, new CoreDriver());
  return failure && failureText(failure);
}

const TWO_A_MINUTE = 'policy: { version: "1", default: deny, tools: { a: { limits: [{ counter: c, window: minute, max: 2 }] } } }';

describe('a case that comes otherwise', () => {
  it('says which step, what was expected, what came, and what was left', () => {
    expect(played(`- name: n\n  ${TWO_A_MINUTE}\n  steps:\n    - { call: { tool: a }, times: 3, expect: { verdict: ALLOW, rule: "" } }\n`)).toBe([
      'call a (step 1, line 4, round 3)',
      '  verdict: expected ALLOW',
      '           came     RATE_LIMITED',
      '  rule:    expected ""',
      '           came     /tools/a/limits/0',
      '  the answer: RATE_LIMITED, rule /tools/a/limits/0: The limit of 2 per minute is used up. Try again in 30 seconds.',
      '  limit c: 2 of 2 used, 0 remaining, resets at 2026-11-23T10:01:00.000Z (refused)',
    ].join('\n'));
  });

  it.each([
    ['an amount', 'remaining: { c: 0 }', /remaining of c: expected 0\n +came +1/],
    ['an amount that is not there', 'used: { d: 1 }', /used of d: expected 1\n +came +nothing/],
    ['counters', 'counters: []', /counters: expected none\n +came +c/],
    ['a time', 'resets_at: 2026-11-23T10:02:00Z', /resets_at: expected 2026-11-23T10:02:00.000Z\n +came +2026-11-23T10:01:00.000Z/],
    ['a wait', 'retry_after: 5s', /retry_after: expected 5s\n +came +none/],
    ['would_be', 'would_be: DENY', /would_be: expected DENY\n +came +none/],
    ['a text', 'says: hello', /message: expected … hello …/],
    ['an error', 'error: not_found', /error: expected not_found\n +came +nothing/],
    ['an approval', 'approval: p', /approval: expected p\n +came +nothing/],
    ['steps', 'steps: [x]', /steps: expected x\n +came +none/],
    ['a replay', 'replayed: true', /replayed: expected true\n +came +false/],
  ])('%s', (_what, expectation, says) => {
    expect(played(`- name: n\n  ${TWO_A_MINUTE}\n  steps:\n    - { call: { tool: a }, expect: { ${expectation} } }\n`)).toMatch(says);
  });

  it('explains an error that nobody expected', () => {
    expect(played(`- name: n\n  ${TWO_A_MINUTE}\n  steps:\n    - { call: { tool: a, grant: g9 }, expect: { verdict: ALLOW } }\n`)).toMatch(/error: expected none\n +came +unauthenticated GRANT_INVALID/);
  });

  it('takes no error for an answer that fits by chance', () => {
    expect(played(`- name: n\n  ${TWO_A_MINUTE}\n  steps:\n    - { call: { tool: a, grant: g9 }, expect: { lacks: secret } }\n`)).toMatch(/error: expected none/);
  });

  it('lets no clock run backwards', () => {
    expect(played(`- name: n\n  ${TWO_A_MINUTE}\n  steps:\n    - { at: 2026-11-23T10:00:29Z, call: { tool: a } }\n`)).toMatch(/clock: expected 2026-11-23T10:00:30.000Z or later\n +came +2026-11-23T10:00:29.000Z/);
  });

  it('lists the problems of a policy that cannot be put in force', () => {
    expect(played('- name: n\n  policy: { version: "2", default: deny }\n  steps: [{ wait: 1s }]\n')).toMatch(/publish the policy main \(line 1\)[\s\S]*\/version:[\s\S]*found "2"/);
  });

  it('shows a document’s problems beside those expected', () => {
    expect(played('- name: n\n  document: { version: "1" }\n  problems: [{ pointer: /default, says: found maybe }]\n')).toMatch(/problems: expected \/default: … found maybe …\n +came +\/default: found nothing/);
  });
});

it('a case may be played at another time, by a driver that answers later', () => {
  const read = readCases(`- name: n\n  ${TWO_A_MINUTE}\n  grants: { g1: { expires_at: 2026-11-24T00:00:00Z } }\n  steps:\n    - { at: 2026-11-23T11:00:00Z, call: { tool: a, id: x }, expect: { resets_at: 2026-11-23T11:01:00Z } }\n`);
  const shiftMs = 7 * 86_400_000;
  const play = playCase((read as Extract<typeof read, { ok: true }>).cases[0]!, shiftMs);
  const turns: Turn[] = [];
  let outcome: Outcome = {};
  for (let next = play.next(outcome); ; next = play.next(outcome)) {
    if (next.done === true) {
      expect(next.value).toEqual({ failure: undefined, endMs: Date.UTC(2026, 10, 30, 11) });
      break;
    }
    turns.push(next.value);
    outcome = next.value.action.type === 'call'
      ? { verdict: 'ALLOW', limits: [{ rule: '', counter: 'c', limit: '2', used: '1', remaining: '1', resetsAtMs: Date.UTC(2026, 10, 30, 11, 1), refused: false }] } : {};
  }
  expect(turns.map(({ action }) => action.type)).toEqual(['publish', 'grant', 'call']);
  expect(turns[1]!.action).toMatchObject({ expiresAtMs: Date.UTC(2026, 11, 1) });
  const { callId } = turns[2]!.action as Extract<Action, { type: 'call' }>;
  expect(parseInt(callId.replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2026, 10, 30, 11));
});
