import { canonicalPolicyText, parsePolicy } from '#policy';

test('smoke', () => {
  const parsed = parsePolicy(JSON.stringify({ version: '1', default: 'deny', tools: { a: { rate_limit: '10/minute' }, 'g*': { rate_limit: { max: 1, window: 60 } }, d: { action: 'deny', reason: 'no' } } }));
  console.log(JSON.stringify(parsed), parsed.ok && canonicalPolicyText(parsed.policy));
  const bad = parsePolicy('{"version":1,"default":"x","tools":{"a":{"limits":[{"counter":"","window":"mintue","max":1.5,"scope":"agent","sliding":true,"zz":1}],"require":[]},"a":5}, "hide":["a*"]}');
  console.log(bad);
});
