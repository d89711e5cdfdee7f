import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { CliError } from '../cli-error.js';
import { confirm } from '../confirm.js';
import { connectionOptions, type Bind, type Context } from '../context.js';
import { listedTools, nameText } from '../listed-tools.js';
import { diffText, evidenceText, heldText, toolsTable } from '../tools-text.js';

const CLASSES = ['other', 'read', 'write', 'execute', 'destructive', 'financial'];

export function toolsCommands(program: Command, bind: Bind): void {
  const tools = program.command('tools').description('the tools of MCP servers as they are pinned: look at them, approve them, rate them');

  const list = tools.command('list <server>').description('list the tools of a server: state, risk class and why')
    .option('--evidence', 'with the words that each class rests on')
    .addHelpText('after', '\nStates: approved; first seen (not offered until it is approved); changed (offered as it was approved, and not called until the\nchange is approved); withdrawn (its server lists it no more).\n\nExample:\n  docket tools list payments --evidence');
  bind<{ evidence?: boolean }>(connectionOptions(list), async (context, { evidence }, [server = '']) => {
    const { tools: rows, reported } = await listedTools(await context.api(), server, true);
    if (context.json) for (const row of rows) context.print(row, () => '');
    else if (!reported) context.note(`server ${server} has not been seen yet: the gateway looks at the servers in its MCP_SERVERS_FILE`);
    else context.print(null, () => (evidence === true ? rows.map(evidenceText).join('\n\n') : toolsTable(rows)));
    noteHeld(context, server, rows);
  });

  const diff = tools.command('diff <server> [tool]').description('what differs between what was approved and what the server lists, field by field')
    .addHelpText('after', '\nWithout a tool: all that are not approved as they are. `(instructions)` is the text that the server gives models beside its\ntools. Invisible characters are spelled ⟨U+200B⟩.\n\nExample:\n  docket tools diff payments create_charge');
  bind(connectionOptions(diff), async (context, _options, [server = '', tool = '']) => {
    const diffs = await differences(context, server, tool);
    if (context.json) for (const row of diffs) context.print(row, () => '');
    else context.print(null, () => (diffs.length === 0 ? 'everything is as it was approved' : diffs.map(diffText).join('\n\n')));
  });

  const approve = tools.command('approve <server> [tools...]').description('approve tools as their server lists them now, after printing what that changes')
    .option('--all', 'all that wait for it, the instructions included').option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nWhat changes once more while you read is not approved.\n\nExamples:\n  docket tools approve payments create_charge\n  docket tools approve payments --all');
  bind<{ all?: boolean; yes?: boolean }>(connectionOptions(approve), async (context, options, [server = '', ...named]) => approveTools(context, server, named.flat(), options));

  const classify = tools.command('classify <server> <tool>').description('say what a tool’s risk class is, against or beside the rules; recommendations follow it')
    .addOption(new Option('--as <class>', 'the class').choices(CLASSES)).option('--by-the-rules', 'take an earlier word back')
    .addHelpText('after', '\nWithout an option: prints what the rules say and why.\n\nExample:\n  docket tools classify payments settle_up --as financial');
  bind<{ as?: string; byTheRules?: boolean }>(connectionOptions(classify), async (context, options, [server = '', tool = '']) => classifyTool(context, server, tool, options));

  const churn = tools.command('allow-churn <server>').description('let a date or a count in descriptions vary without review; replaces the rules there are')
    .option('--pattern <re2...>', 'what may vary, at most 40 characters at a time; without any every change is one')
    .option('--tool <name>', 'in this tool only (default: all, and the instructions)')
    .addHelpText('after', '\nExample:\n  docket tools allow-churn payments --pattern \'[0-9]{4}-[0-9]{2}-[0-9]{2}\'');
  bind<{ pattern?: string[]; tool?: string }>(connectionOptions(churn), async (context, { pattern = [], tool = '*' }, [server = '']) => {
    const answer = await (await context.api()).call('registry', 'AllowChurn', 'admin', { serverId: server, rules: pattern.map((one) => ({ tool, pattern: one })) });
    context.print(answer, () => (pattern.length === 0 ? `every change of ${server}’s tools is held` : `${pattern.length} ${pattern.length === 1 ? 'pattern' : 'patterns'} may vary in ${server}’s descriptions`));
  });
}

async function approveTools(context: Context, server: string, named: readonly string[], { all, yes }: { readonly all?: boolean; readonly yes?: boolean }): Promise<void> {
  if ((all === true) === (named.length > 0)) throw new CliError('name the tools to approve, or give --all');
  const waiting = (await differences(context, server, '')).filter((row) => row['state'] !== 'WITHDRAWN');
  const chosen = all === true ? waiting : waiting.filter((row) => named.includes(nameText(row)));
  const missing = named.filter((name) => !chosen.some((row) => nameText(row) === name));
  if (missing.length > 0) throw new CliError(`${missing.join(', ')}: not waiting for approval at ${server}; see docket tools list ${server}`);
  if (chosen.length === 0) {
    context.print({ approved: [] }, () => 'nothing waits for approval');
    return;
  }
  context.note(chosen.map(diffText).join('\n\n'));
  if (yes !== true) await confirm(context, `Approve ${chosen.map(nameText).join(', ')}`);
  const answer = await (await context.api()).call('registry', 'ApproveTools', 'admin', {
    serverId: server, tools: chosen.map((row) => ({ name: String(row['name']), hash: String(row['observedHash']) })),
  });
  context.print({ ...answer, approved: chosen.map(nameText) }, () => `approved: ${chosen.map(nameText).join(', ')}`);
}

async function classifyTool(context: Context, server: string, tool: string, options: { readonly as?: string; readonly byTheRules?: boolean }): Promise<void> {
  if (options.as !== undefined && options.byTheRules === true) throw new CliError('give --as or --by-the-rules, not both');
  if (options.as === undefined && options.byTheRules !== true) {
    const row = (await listedTools(await context.api(), server, true)).tools.find((one) => one['name'] === tool);
    if (row === undefined) throw new CliError(`server ${server} has never listed ${tool}`);
    context.print(row, () => evidenceText(row));
    return;
  }
  const answer = await (await context.api()).call('registry', 'OverrideRisk', 'admin', { serverId: server, tool, riskClass: options.as?.toUpperCase() ?? 'RISK_CLASS_UNSPECIFIED' });
  context.print(answer, () => (options.as === undefined ? `${tool} is what the rules say` : `${tool} is ${options.as}`));
}

async function differences(context: Context, server: string, tool: string): Promise<JsonObject[]> {
  return (await context.api()).list('registry', 'DiffTools', 'admin', 'diffs', { serverId: server, tool: tool === '(instructions)' ? '' : tool })
    .then((rows) => (tool === '(instructions)' ? rows.filter((row) => row['name'] === '') : rows));
}

function noteHeld(context: Context, server: string, rows: readonly JsonObject[]): void {
  const text = heldText(server, rows, context.sameService);
  if (text !== '') context.note(text);
}
