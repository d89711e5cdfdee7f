import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePolicy } from '#policy';
import { CoreDriver, failureText, readCases, runCase, type Scenario } from '#scenarios';
import { policySchema } from '../../libs/policy/src/policy-schema.js';

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'policy.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language: language ?? '', text: text ?? '' }));
const isPolicy = ({ language, text }: { language: string; text: string }): boolean => language === 'json' || text.startsWith('version:');

/** The cases of a block, under the policy that stands before it. */
function casesOf(text: string, policy: string): readonly Scenario[] {
  const read = readCases(`policy_text: ${JSON.stringify(policy)}\ncases:\n${text.replace(/^/gm, '  ')}`);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.cases;
}

describe('the guide for policy authors', () => {
  const policies = blocks.filter(isPolicy);

  it('has examples, and nothing in a block that no test looks at', () => {
    expect(policies.length).toBeGreaterThan(5);
    expect(blocks.filter((block) => !isPolicy(block)).every(({ language, text }) => language === 'yaml' && text.startsWith('- name:'))).toBe(true);
  });

  it.each(policies.map(({ text }) => [text.replaceAll(/\s+/g, ' ').slice(0, 120), text]))('shows a policy that is accepted: %s', (_, text) => {
    const parsed = parsePolicy(text);
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
    if (text.startsWith('{')) expect(policySchema.safeParse(JSON.parse(text)).success).toBe(true);
  });

  let policy = '';
  const cases = blocks.flatMap((block) => {
    if (isPolicy(block)) policy = block.text;
    return isPolicy(block) ? [] : casesOf(block.text, policy);
  });
  it.each(cases.map((one) => [one.name, one] as const))('shows verdicts that are so: %s', (_, one) => {
    const { failure } = runCase(one, new CoreDriver());
    expect(failure && failureText(failure)).toBeUndefined();
  });

  it('states the bounds that hold', () => {
    const document = (tool: unknown): string => JSON.stringify({ version: '1', default: 'deny', tools: { a: tool } });
    const rules = (rules: number, conditions: number): unknown => Array(rules).fill({ conditions: Array(conditions).fill({ path: 'args.x', op: 'eq', value: 1 }) });
    for (const [tool, ok] of [[{ require: rules(10, 20) }, true], [{ require: rules(11, 19) }, false], [{ require: rules(1, 21) }, false], [{ require: rules(50, 0) }, true], [{ require: rules(51, 0) }, false]] as const) {
      expect(parsePolicy(document(tool)).ok).toBe(ok);
    }
  });
});
