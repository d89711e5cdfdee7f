import type { Policy } from '#policy';
import { counterWarnings } from './counter.warnings.js';
import { readPolicyDocument } from './policy.document.js';

type Tools = Record<string, { limits: object[] }>;

function policy(tools: Tools, allTools: object[] = []): Policy {
  return readPolicyDocument(Buffer.from(JSON.stringify({ version: '1', default: 'deny', all_tools: { limits: allTools }, tools }))).policy;
}

const minute = { counter: 'c', window: 'minute', max: 5 };
const hour = { ...minute, window: 'hour', max: 50 };
const day = { ...minute, window: 'day', max: 500 };
const emptied = (pointer: string): object => ({ pointer, message: expect.stringContaining('the counter starts empty: it was counted per minute and grant') });

it.each<[string, Policy, Policy]>([
  ['behind the one that stays', policy({ a: { limits: [minute] } }), policy({ a: { limits: [minute, hour] } })],
  ['in front of the one that stays', policy({ a: { limits: [minute] } }), policy({ a: { limits: [hour, minute] } })],
  ['to another tool', policy({ a: { limits: [minute] }, b: { limits: [] } }), policy({ a: { limits: [minute] }, b: { limits: [hour] } })],
  ['to all tools', policy({ a: { limits: [minute] } }), policy({ a: { limits: [minute] } }, [hour])],
  ['where the old one moves to all tools', policy({ a: { limits: [minute] } }), policy({ a: { limits: [hour] } }, [minute])],
])('adding a limit with another window of the same counter %s empties nothing', (_where, before, after) => {
  expect(counterWarnings(before, after)).toEqual([]);
});

it('a limit that is changed starts an empty counter, whatever else stays', () => {
  expect(counterWarnings(policy({ a: { limits: [minute, day] } }), policy({ a: { limits: [hour, day] } }))).toEqual([emptied('/tools/a/limits/0')]);
  expect(counterWarnings(policy({ a: { limits: [minute] }, b: { limits: [minute] } }), policy({ a: { limits: [hour] }, b: { limits: [minute] } }))).toEqual([emptied('/tools/a/limits/0')]);
});

it('a limit that moves to all tools with another window starts an empty counter', () => {
  expect(counterWarnings(policy({ a: { limits: [minute] } }), policy({ a: { limits: [] } }, [hour]))).toEqual([emptied('/all_tools/limits/0')]);
});

it('removing a limit says nothing', () => {
  expect(counterWarnings(policy({ a: { limits: [minute, hour] } }), policy({ a: { limits: [hour] } }))).toEqual([]);
});
