import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { approvalText, neededText, stateText } from '../approval-text.js';
import { confirm } from '../confirm.js';
import type { RoleName } from '../connection.js';
import { connectionOptions, type Bind, type Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { table } from '../terminal.js';

const STATES = ['pending', 'approved', 'denied', 'withdrawn', 'redeemed', 'expired', 'erased', 'all'];

interface ResolveOptions { comment?: string; yes?: boolean }

const EXIT_HELP = `
Exit codes: 0 done, 1 refused (no such approval, it has ended, not yours to decide), 2 not confirmed or the command is wrong, 6 no answer.`;

export function approvalCommands(program: Command, bind: Bind): void {
  const approvals = program.command('approvals').description('calls that wait for a human: look at them, approve, deny or withdraw them');

  const list = approvals.command('list').description('list the approvals, oldest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES).default('pending'))
    .option('--grant <grant-id>', 'only those of this grant')
    .option('--server <id>', 'only those for this server')
    .addHelpText('after', '\nExamples:\n  docket approvals list\n  docket approvals list --state all --json | jq -r .approvalId\n\nEnded approvals are listed for ten minutes more; the log has all of them.');
  bind<{ state: string; grant?: string; server?: string }>(connectionOptions(list), async (context, { state, grant, server }) => {
    const rows = await (await context.api()).list('approval', 'ListApprovals', 'approver', 'approvals', {
      state: state === 'all' ? 'STATE_UNSPECIFIED' : state === 'erased' ? 'STATE_ERASED' : state.toUpperCase(), grantId: grant ?? '', serverId: server ?? '',
    });
    if (context.json) for (const row of rows) context.print(row, () => '');
    else context.print(null, () => listText(rows, state));
  });

  const show = approvals.command('show <approval-id>').description('show one approval with the arguments of its call')
    .addHelpText('after', '\nExample:\n  docket approvals show apr_0199aa000000700080000000000000aa_0123456789abcdef01234567\n  docket approvals show apr_… --json | jq -r \'.arguments | @base64d\'\n\nNumbers are shown exactly as they will be judged, invisible characters as \\uXXXX.');
  bind(connectionOptions(show), async (context, _options, [id = '']) => {
    const { approval } = await (await context.api()).call('approval', 'GetApproval', 'approver', { approvalId: id });
    context.print(approval, () => approvalText(approval as JsonObject));
  });

  const resolving = (verb: 'approve' | 'deny' | 'withdraw', role: RoleName, description: string): void => {
    const command = approvals.command(`${verb} <approval-id>`).description(description)
      .option('--comment <text>', 'why, on one line; the log keeps it in clear')
      .option('--yes', 'do not ask for confirmation at a terminal')
      .addHelpText('after', `\nExample:\n  docket approvals ${verb} apr_0199aa000000700080000000000000aa_0123456789abcdef01234567 --comment "checked with the customer"\n
What is decided on is printed first: tool, arguments, rule, who asked and until when.\n${EXIT_HELP}`);
    bind<ResolveOptions>(connectionOptions(command), (context, options, [id = '']) => resolve(context, verb, role, id, options));
  };
  resolving('approve', 'approver', 'allow the call: the next identical one, once');
  resolving('deny', 'approver', 'deny the call, and identical ones until the approval expires');
  resolving('withdraw', 'gateway', 'take the question back, as the gateway that asked');
}

async function resolve(context: Context, verb: 'approve' | 'deny' | 'withdraw', role: RoleName, approvalId: string, { comment, yes }: ResolveOptions): Promise<number> {
  const api = await context.api();
  if (!context.json) {
    const { approval } = await api.call('approval', 'GetApproval', role, { approvalId });
    context.note(approvalText(approval as JsonObject));
    if (yes !== true) await confirm(context, `${verb} this call`);
  }
  const answer = await api.call('approval', 'ResolveApproval', role, { approvalId, decision: verb.toUpperCase(), comment: comment ?? '' });
  context.print(answer, () => outcomeText(answer));
  return EXIT.ok;
}

function outcomeText(answer: JsonObject): string {
  const approval = answer['approval'] as JsonObject;
  const until = `until ${approval['expiresAt']}`;
  const before = answer['replayed'] ? ' (you had decided so before)' : '';
  switch (approval['state']) {
    case 'PENDING': return `still pending${neededText(approval)}: more people must approve, ${until}${before}`;
    case 'APPROVED': return `approved: the next identical call is allowed once, ${until}${before}`;
    case 'DENIED': return `denied: identical calls are denied ${until}${before}`;
    case 'WITHDRAWN': return `withdrawn: the next identical call asks anew${before}`;
    default: return `${stateText(approval).toLowerCase()}${before}`;
  }
}

function listText(rows: readonly JsonObject[], state: string): string {
  if (rows.length === 0) return state === 'all' ? 'there are no approvals' : `there are no ${state} approvals`;
  return table(['approval', 'state', 'tool', 'server', 'asked by', 'approved', 'until'], rows.map((row) => [
    String(row['approvalId']), stateText(row), String(row['tool']), String(row['serverId']), String(row['requestedBy']),
    `${(row['approvers'] as JsonObject[]).length}/${row['needed']}`, String(row['expiresAt']),
  ]));
}
