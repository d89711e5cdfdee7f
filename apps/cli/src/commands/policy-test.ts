import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { Failure, Scenario } from '#scenarios';
import { CliError } from '../cli-error.js';
import type { Bind, Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { readInput } from '../input-file.js';
import { plain } from '../terminal.js';

interface TestFile {
  readonly name: string;
  readonly cases: readonly Scenario[];
}

/** `docket policy test`: plays cases (docs/policy-tests.md) against the rules themselves; no Docket needs to run. */
export function policyTestCommand(policy: Command, bind: Bind): void {
  const command = policy.command('test <file...>').description('play test cases of policies without a running Docket')
    .option('--json', 'one JSON object for each case')
    .addHelpText('after', `
A file holds a policy and cases: calls, with the answers that are expected. The clock stands still unless a step moves it.
All that a case may say: docs/policy-tests.md.

  policy_file: charges.policy.json          # or policy: { version: "1", … }; relative to this file
  cases:
    - name: a charge over 500 needs a human
      at: 2026-11-23T10:00:00Z
      steps:
        - call: { tool: create_charge, arguments: { currency: eur, amount: 600 } }
          expect: { verdict: APPROVAL_REQUIRED, rule: /tools/create_charge/approve_if/0, approval: first }
        - approve: { approval: first, by: alice }
        - call: { tool: create_charge, arguments: { currency: eur, amount: 600 } }
          expect: { verdict: ALLOW, remaining: { spend: 4400 } }

Examples:
  docket policy test charges.test.yaml
  docket policy test policies/*.test.yaml --json

Exit code 0 if every case passes, 1 if one does not, 2 if a file cannot be read.`);
  bind(command, async (context, _options, files) => testFiles(context, files));
}

async function testFiles(context: Context, names: readonly string[]): Promise<number> {
  const { CoreDriver, failureText, runCase } = await import('#scenarios');
  // All of them before the first is played: what is not there should not be found out after a minute.
  const files: TestFile[] = [];
  for (const name of names) files.push({ name, cases: await readTests(context, name) });
  let failed = 0;
  for (const { name, cases } of files) {
    if (!context.json) context.print(null, () => plain(name));
    for (const scenario of cases) {
      const { failure } = runCase(scenario, new CoreDriver());
      if (failure !== undefined) failed++;
      context.print(resultOf(name, scenario, failure), () => [
        `  ${failure === undefined ? '✓' : '✗'} ${plain(scenario.name)}`,
        ...(failure === undefined ? [] : failureText(failure).split('\n').map((line) => `      ${plain(line)}`)),
      ].join('\n'));
    }
  }
  const count = files.reduce((sum, { cases }) => sum + cases.length, 0);
  context.note(`${count} case${count === 1 ? '' : 's'}, ${failed === 0 ? 'all passed' : `${failed} failed`}`);
  return failed === 0 ? EXIT.ok : EXIT.error;
}

async function readTests(context: Context, name: string): Promise<readonly Scenario[]> {
  const { readCases } = await import('#scenarios');
  const read = readCases((await readInput(name, context.terminal)).toString('utf8'));
  if (!read.ok) {
    const problems = read.problems.map(({ line, message }) => plain(`${name}:${line}: ${message}`));
    for (const problem of problems) context.note(problem);
    throw new CliError(`${name} cannot be read as test cases${context.json ? `: ${problems.join('; ')}` : ''}`);
  }
  const policies = new Map<string, string>();
  const cases: Scenario[] = [];
  for (const { policy_file: file, ...scenario } of read.cases) {
    if (file === undefined) {
      cases.push(scenario);
      continue;
    }
    const path = join(name === '-' ? '.' : dirname(name), file);
    const text = policies.get(path) ?? (await readInput(path, context.terminal)).toString('utf8');
    policies.set(path, text);
    cases.push({ ...scenario, policy_text: text });
  }
  return cases;
}

function resultOf(file: string, { name, line }: Scenario, failure: Failure | undefined): object {
  if (failure === undefined) return { file, line, case: name, ok: true };
  const { step, round, did, mismatches } = failure;
  return { file, line, case: name, ok: false, failure: { step, round, line: failure.line, did, mismatches } };
}
