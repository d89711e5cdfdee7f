import { createHash } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { connectionOptions, jsonOption, type Bind, type Context } from '../context.js';
import { parseKeepingNumbers } from '../exact-json.js';
import { EXIT } from '../exit-codes.js';
import { inForceText } from '../in-force.js';
import { readInput } from '../input-file.js';
import { plain, table } from '../terminal.js';
import { policyRecommendCommand } from './policy-recommend.js';
import { policyTestCommand } from './policy-test.js';

export function policyCommands(program: Command, bind: Bind): void {
  const policy = program.command('policy').description('check, publish and attach policies');

  const lint = policy.command('lint <file>').description('check a document without a running Docket; prints its normalised form')
    .addHelpText('after', '\nThe document is JSON, or PolicyLayer Intercept YAML. All problems are printed at once, each with its JSON pointer;\n- reads the standard input. Exit code 1 if there are any.');
  bind(jsonOption(lint), async (context, _options, [file = '']) => lintPolicy(context, file));

  policyTestCommand(policy, bind);
  policyRecommendCommand(policy, bind);

  const publish = policy.command('publish <file>').description('publish a document as the new version of a policy')
    .requiredOption('--name <policy>', 'name of the policy: lower-case letters, digits and dashes')
    .addHelpText('after', '\nExample:\n  docket policy publish policy.json --name charges\n\nThe document is JSON, or PolicyLayer Intercept YAML. The grants attached to the policy are governed by it from their next\ncall on; it is told which counters start empty because what they are counted by has changed.');
  bind<{ name: string }>(connectionOptions(publish), async (context, { name }, [file = '']) => {
    const document = await readInput(file, context.terminal);
    // The service says the same, but an error has room for some forty problems only.
    const { parsePolicy } = await import('#policy');
    const parsed = parsePolicy(document.toString('utf8'));
    if (!parsed.ok) {
      printProblems(context, parsed.problems);
      context.note(`docket: ${file}: ${count(parsed.problems)}; nothing was published`);
      return EXIT.error;
    }
    const answer = await (await context.api()).call('registry', 'PublishPolicy', 'admin', { policyId: name, document: document.toString('base64') });
    const { version } = answer['version'] as JsonObject;
    for (const warning of answer['warnings'] as JsonObject[]) context.note(plain(`warning: ${warning['pointer'] || '(document)'}: ${warning['message']}`));
    context.print(answer, () => `${name} @ ${version}${answer['unchanged'] ? ', unchanged' : ''}: ${inForceText(answer)}`);
    return EXIT.ok;
  });

  const show = policy.command('show <name>').description('print the normalised document that is in force')
    .option('--version <hash>', 'another version (docket policy versions)');
  bind<{ version?: string }>(connectionOptions(show), async (context, { version }, [name = '']) => {
    const answer = await (await context.api()).call('registry', 'GetPolicy', 'admin', { policyId: name, version: version ?? '' });
    const known = answer['version'] as JsonObject;
    context.note(plain(`${name} @ ${known['version']}, published ${known['publishedAt']} by ${known['publishedBy']}; ${known['inForce'] ? inForceText(answer) : 'not in force'}`));
    context.print(answer, () => pretty(Buffer.from(String(answer['document']), 'base64').toString('utf8')));
  });

  const versions = policy.command('versions <name>').description('list the versions of a policy, newest first');
  bind(connectionOptions(versions), async (context, _options, [name = '']) => {
    printVersions(context, await (await context.api()).list('registry', 'ListPolicyVersions', 'admin', 'versions', { policyId: name }));
  });

  const list = policy.command('list').description('list the policies, each with the version in force');
  bind(connectionOptions(list), async (context) => {
    printVersions(context, await (await context.api()).list('registry', 'ListPolicies', 'admin', 'policies'));
  });

  const attach = policy.command('attach').description('put a grant under a policy')
    .requiredOption('--grant <grant-id>', 'the grant')
    .requiredOption('--policy <name>', 'the policy')
    .addOption(new Option('--mode <mode>', 'observe: everything is judged, counted and logged, and every call is allowed').choices(['enforce', 'observe']).default('enforce'))
    .addHelpText('after', '\nExample:\n  docket policy attach --grant 0199aa000000700080000000000000aa --policy charges --mode observe');
  bind<{ grant: string; policy: string; mode: string }>(connectionOptions(attach), async (context, { grant, policy: policyId, mode }) => {
    const answer = await (await context.api()).call('registry', 'AttachPolicy', 'admin', { grantId: grant, policyId, mode: mode.toUpperCase() });
    context.print(answer, () => `grant ${grant} ${mode === 'observe' ? 'is observed by' : 'is under'} policy ${policyId}: ${inForceText(answer)}`);
  });
}

async function lintPolicy(context: Context, file: string): Promise<number> {
  const { canonicalPolicyText, parsePolicy } = await import('#policy');
  const parsed = parsePolicy((await readInput(file, context.terminal)).toString('utf8'));
  if (!parsed.ok) {
    printProblems(context, parsed.problems);
    context.note(`${file}: ${count(parsed.problems)}`);
    return EXIT.error;
  }
  const text = canonicalPolicyText(parsed.policy);
  const version = createHash('sha256').update(text).digest('hex');
  for (const { pointer, message } of parsed.warnings) context.note(plain(`warning: ${pointer || '(document)'}: ${message}`));
  context.note(`${file}: no problems; version ${version}; normalised:`);
  context.print({ ok: true, version, warnings: parsed.warnings, document: parseKeepingNumbers(text) }, () => pretty(text));
  return EXIT.ok;
}

interface Problem { readonly pointer: string; readonly message: string }

function printProblems(context: Context, problems: readonly Problem[]): void {
  context.print({ ok: false, problems }, () => problems.map(({ pointer, message }) => plain(`${pointer || '(document)'}: ${message}`)).join('\n'));
}

function count(problems: readonly Problem[]): string {
  return `${problems.length} problem${problems.length === 1 ? '' : 's'}`;
}

function printVersions(context: Context, versions: readonly JsonObject[]): void {
  if (context.json) for (const version of versions) context.print(version, () => '');
  else context.print(null, () => table(['policy', 'version', 'published', 'by', 'in force'], versions.map((row) => [
    String(row['policyId']), String(row['version']), String(row['publishedAt']), String(row['publishedBy']), row['inForce'] ? 'yes' : 'no',
  ])));
}

function pretty(json: string): string {
  return JSON.stringify(parseKeepingNumbers(json), null, 2);
}
