import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { CliError } from '../cli-error.js';
import type { Bind, Context } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { aligned, table } from '../terminal.js';
import { given, grantOf, listOptions, questionOptions, timeOptions, verdictOption, type ListOptions } from './query-options.js';

const PAGE_SIZE_MAX = 1_000;

interface Question {
  readonly method: string;
  /** Field of the answer that holds the rows. */
  readonly field: string;
  readonly header: readonly string[];
  readonly row: (item: JsonObject) => readonly string[];
  /** What to say when there is none. */
  readonly none: string;
}

const text = (item: JsonObject, field: string): string => String(item[field] ?? '') || '-';
const word = (item: JsonObject, field: string): string => text(item, field).replace(/^[A-Z_]+_UNSPECIFIED$/, '-');
const place = (item: JsonObject): string => {
  const { topic, partition, offset } = item['receipt'] as JsonObject;
  return `${topic}/${partition}/${offset}`;
};

/** Who shares a window: the grant itself, or which session, agent, server or organisation. */
const sharedBy = (window: JsonObject): string => {
  const { scope, scopeKey, serverId } = window;
  return [scope, scope === 'server' ? serverId : scopeKey].filter((one) => one !== '').join(' ');
};

const QUESTIONS = {
  decisions: {
    method: 'ListDecisions', field: 'decisions', none: 'no decisions', header: ['DECIDED', 'VERDICT', 'TOOL', 'RULE', 'AGENT', 'GRANT', 'CALL', 'OUTCOME'],
    row: (one) => [text(one, 'decidedAt'), word(one, 'wouldBe') === '-' ? text(one, 'verdict') : `${text(one, 'verdict')} (would be ${word(one, 'wouldBe')})`, text(one, 'tool'), text(one, 'rule'), text(one, 'agent'), text(one, 'grantId'), text(one, 'callId'), word(one, 'outcome')],
  },
  windows: {
    method: 'GetLimitWindows', field: 'windows', none: 'no windows (--past shows those that have ended, too)', header: ['GRANT', 'COUNTER', 'SCOPE', 'WINDOW', 'ENDS', 'USED', 'LIMIT', 'REMAINING'],
    row: (one) => [text(one, 'grantId'), text(one, 'counter'), sharedBy(one), `${one['window']}${one['sliding'] === true ? ' sliding' : ''}`, text(one, 'windowEnd'), text(one, 'used'), text(one, 'limit'), text(one, 'remaining')],
  },
  usage: {
    method: 'GetUsage', field: 'usage', none: 'no calls', header: ['START', 'SERVER', 'GRANT', 'AGENT', 'TOOL', 'VERDICT', 'CALLS'],
    row: (one) => [text(one, 'start'), text(one, 'serverId'), text(one, 'grantId'), text(one, 'agent'), text(one, 'tool'), word(one, 'verdict'), text(one, 'calls')],
  },
  grants: {
    method: 'ListGrants', field: 'grants', none: 'no grants', header: ['GRANT', 'SERVER', 'POLICY', 'MODE', 'LABEL', 'ISSUED', 'EXPIRES', 'REVOKED', 'ERASED'],
    row: (one) => [text(one, 'grantId'), text(one, 'serverId'), text(one, 'policyId'), text(one, 'mode'), text(one, 'label'), `${text(one, 'issuedAt')} by ${text(one, 'issuedBy')}`, text(one, 'expiresAt'), one['revokedAt'] === undefined ? '-' : `${one['revokedAt']} by ${one['revokedBy']}`, one['erasedAt'] === undefined ? '-' : `${one['erasedAt']} by ${one['erasedBy']}`],
  },
  servers: { method: 'ListServers', field: 'servers', none: 'no servers', header: ['SERVER', 'NAME', 'REGISTERED', 'BY'], row: (one) => [text(one, 'serverId'), text(one, 'name'), text(one, 'registeredAt'), text(one, 'registeredBy')] },
  policies: {
    method: 'ListPolicies', field: 'policies', none: 'no policies', header: ['POLICY', 'VERSION', 'IN FORCE', 'PUBLISHED', 'BY', 'OFFSET'],
    row: (one) => [text(one, 'policyId'), text(one, 'version'), one['inForce'] === true ? 'yes' : 'no', text(one, 'publishedAt'), text(one, 'publishedBy'), text(one, 'registryOffset')],
  },
  approvals: {
    method: 'ListApprovals', field: 'approvals', none: 'no approvals', header: ['ASKED', 'STATE', 'TOOL', 'GRANT', 'APPROVAL', 'ASKED BY', 'APPROVERS', 'DECIDED BY'],
    row: (one) => [text(one, 'requestedAt'), text(one, 'state'), text(one, 'tool'), text(one, 'grantId'), text(one, 'approvalId'), text(one, 'requestedBy'), (one['approvers'] as string[]).join(', ') || '-', text(one, 'decidedBy')],
  },
} as const satisfies Record<string, Question>;

export function queryCommands(program: Command, bind: Bind): void {
  const query = program.command('query').description('questions about what was decided, from the tables that are made from the log (role auditor)');

  const decisions = timeOptions(listOptions(query.command('decisions').description('decided calls, newest first')))
    .option('--grant <grant>', 'of this grant (id or token)').option('--server <id>', 'of this server').option('--tool <name>', 'of this tool').addOption(verdictOption())
    .option('--rule <pointer>', 'decided by this rule, such as /tools/charge/require/0 or "(default deny)"').option('--policy <name>', 'under this policy').option('--agent <name>', 'of this agent')
    .option('--principal <name>', 'for this principal').option('--session <id>', 'in this session')
    .addOption(new Option('--outcome <outcome>', 'settled so').choices(['SUCCEEDED', 'FAILED', 'NOT_SENT', 'UNKNOWN'])).option('--oldest-first', 'in the other order')
    .addHelpText('after', `
The calls that there are when it begins are listed, each once, however many arrive meanwhile.

Examples:
  docket query decisions --verdict DENY RATE_LIMITED --from 24h
  docket query decisions --grant 0192f3a0b1c27def8000000000000001 --all --json | jq .tool
  docket query decisions --at-least docket.decisions/3/1207 --limit 1`);
  interface DecisionsOptions extends ListOptions {
    grant?: string; server?: string; tool?: string; verdict?: string[]; rule?: string; policy?: string; agent?: string; principal?: string; session?: string; outcome?: string; oldestFirst?: boolean; from?: string; to?: string;
  }
  bind<DecisionsOptions>(decisions, (context, o) => list(context, QUESTIONS.decisions, o, {
    grantId: grantOf(o.grant), serverId: o.server, tool: o.tool, verdicts: o.verdict, rule: o.rule, policyId: o.policy, agent: o.agent, principal: o.principal, sessionId: o.session, outcome: o.outcome,
    order: o.oldestFirst === true ? 'OLDEST_FIRST' : undefined, from: o.from, to: o.to,
  }));

  const decision = questionOptions(query.command('decision').argument('<grant>', 'its id or token').argument('<call-id>', 'as the caller chose it').description('one decided call, however long ago, and what it was charged on'));
  bind<ListOptions>(decision, async (context, { atLeast }, [grant = '', callId = '']) => {
    const answer = await (await context.api()).call('query', 'GetDecision', 'auditor', given({ grantId: grantOf(grant), callId, atLeast }));
    context.print(answer, () => decisionText(answer));
    remark(context, answer['asOf'] as JsonObject);
  });

  const windows = timeOptions(listOptions(query.command('windows').description('what counters have used in their windows')))
    .option('--grant <grant>', 'of this grant (id or token)').option('--server <id>', 'of this server').option('--counter <name>', 'of this counter')
    .addOption(new Option('--scope <scope>', 'shared so').choices(['grant', 'session', 'agent', 'server', 'organisation'])).option('--key <key>', 'of this session or agent').option('--past', 'windows that have ended, too')
    .addHelpText('after', '\nExample:\n  docket query windows --grant 0192f3a0b1c27def8000000000000001');
  bind<ListOptions & { grant?: string; server?: string; counter?: string; scope?: string; key?: string; past?: boolean; from?: string; to?: string }>(windows, (context, o) => list(context, QUESTIONS.windows, o, {
    grantId: grantOf(o.grant), serverId: o.server, counter: o.counter, scope: o.scope, scopeKey: o.key, currentOnly: o.past === true ? undefined : true, from: o.from, to: o.to,
  }));

  const usage = timeOptions(listOptions(query.command('usage').description('how many calls were decided, by hour, day or in all')))
    .addOption(new Option('--per <time>', 'what counts together').choices(['hour', 'day', 'total']).default('hour'))
    .addOption(new Option('--by <dimension...>', 'what counts apart (default: everything)').choices(['server', 'grant', 'agent', 'tool', 'verdict']))
    .option('--grant <grant>', 'of this grant (id or token)').option('--server <id>', 'of this server').option('--tool <name>', 'of this tool').option('--agent <name>', 'of this agent').addOption(verdictOption())
    .addHelpText('after', '\nExample:\n  docket query usage --per day --by tool verdict --from 7d');
  bind<ListOptions & { per: string; by?: string[]; grant?: string; server?: string; tool?: string; agent?: string; verdict?: string[]; from?: string; to?: string }>(usage, (context, o) => list(context, QUESTIONS.usage, o, {
    granularity: o.per.toUpperCase(), groupBy: o.by?.map((name) => name.toUpperCase()), grantId: grantOf(o.grant), serverId: o.server, tool: o.tool, agent: o.agent, verdicts: o.verdict, from: o.from, to: o.to,
  }));

  const grants = listOptions(query.command('grants').description('grants, with who issued and revoked them'))
    .option('--server <id>', 'for this server').option('--policy <name>', 'under this policy').addOption(new Option('--state <state>', 'only those').choices(['active', 'revoked', 'expired', 'erased']));
  bind<ListOptions & { server?: string; policy?: string; state?: string }>(grants, (context, o) => list(context, QUESTIONS.grants, o, { serverId: o.server, policyId: o.policy, state: o.state?.toUpperCase() }));

  bind<ListOptions>(listOptions(query.command('servers').description('the servers that grants are for')), (context, o) => list(context, QUESTIONS.servers, o, {}));

  const policies = listOptions(query.command('policies').description('publications of policies, newest first')).option('--policy <name>', 'of this policy').option('--in-force', 'only what is in force');
  bind<ListOptions & { policy?: string; inForce?: boolean }>(policies, (context, o) => list(context, QUESTIONS.policies, o, { policyId: o.policy, inForceOnly: o.inForce }));

  const approvals = timeOptions(listOptions(query.command('approvals').description('approvals, however long ago, newest first')))
    .option('--grant <grant>', 'of this grant (id or token)').option('--server <id>', 'of this server').option('--tool <name>', 'of this tool').option('--agent <name>', 'of this agent')
    .addOption(new Option('--state <state>', 'as they are now').choices(['pending', 'approved', 'denied', 'withdrawn', 'redeemed', 'expired', 'erased']));
  bind<ListOptions & { grant?: string; server?: string; tool?: string; agent?: string; state?: string; from?: string; to?: string }>(approvals, (context, o) => list(context, QUESTIONS.approvals, o, {
    grantId: grantOf(o.grant), serverId: o.server, tool: o.tool, agent: o.agent, state: o.state === 'erased' ? 'STATE_ERASED' : o.state?.toUpperCase(), from: o.from, to: o.to,
  }));
}

async function list(context: Context, question: Question, { limit, all, atLeast }: ListOptions, filters: Readonly<Record<string, JsonObject[string] | undefined>>): Promise<number> {
  const api = await context.api();
  const { signal } = context.terminal;
  const wanted = all === true ? Number.POSITIVE_INFINITY : limit;
  const rows: (readonly string[])[] = [];
  let found = 0;
  let page: JsonObject = {};
  do {
    const pageSize = Math.min(PAGE_SIZE_MAX, wanted - found);
    page = await api.call('query', question.method, 'auditor', { ...given(filters), ...given({ atLeast }), pageSize, pageToken: String(page['nextPageToken'] ?? '') });
    for (const item of page[question.field] as JsonObject[]) {
      found += 1;
      if (context.json) context.print(item, () => '');
      else rows.push(question.row(item));
    }
  } while (page['nextPageToken'] !== '' && found < wanted && !signal.aborted);
  if (!context.json) context.print(null, () => (rows.length === 0 ? question.none : shown(question.header, rows)));
  if (page['nextPageToken'] !== '') context.note(`There are more: --all shows all of them, --limit more than ${limit}.`);
  remark(context, page['asOf'] as JsonObject);
  return EXIT.ok;
}

/** Without the columns that say nothing in any row: what was not counted apart, for one. */
function shown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((_, column) => column).filter((column) => rows.some((row) => row[column] !== '-'));
  return table(columns.map((column) => header[column]!), rows.map((row) => columns.map((column) => row[column]!)));
}

/** People are told when rows are older than they would expect; programs ask with `docket projections status`. */
function remark(context: Context, asOf: JsonObject | undefined): void {
  if (asOf === undefined) throw new CliError('the service did not say how far the rows have come', { exitCode: EXIT.error, code: 'INTERNAL' });
  const stopped = asOf['stopped'] as JsonObject | undefined;
  if (stopped !== undefined) context.note(`docket.${asOf['projection']} has stopped at ${asOf['topic']}/${stopped['partition']}, offset ${stopped['offset']}: ${stopped['reason']}. What came later is not shown.`);
  else if (asOf['state'] === 'BEHIND') context.note(`docket.${asOf['projection']} is behind the log by ${asOf['lagRecords']} records (${asOf['lag']}).`);
}

function decisionText(answer: JsonObject): string {
  const one = answer['decision'] as JsonObject;
  const charges = (answer['charges'] as JsonObject[]).map((charge): [string, string] => ['charged', `${charge['amount']} of ${charge['counter']} (${charge['scope']}, ${charge['window']}${charge['sliding'] === true ? ' sliding' : ''})${charge['refundedAt'] === undefined ? '' : `, given back ${charge['refundedAt']}`}`]);
  return aligned([
    ['verdict', word(one, 'wouldBe') === '-' ? text(one, 'verdict') : `${text(one, 'verdict')} (would be ${word(one, 'wouldBe')})`], ['rule', String(one['rule'])], ['message', String(answer['message'])],
    ['tool', text(one, 'tool')], ['server', text(one, 'serverId')], ['grant', text(one, 'grantId')], ['call', text(one, 'callId')], ['decided', text(one, 'decidedAt')],
    ['policy', one['policyId'] === '' ? '(none)' : `${one['policyId']} ${one['policyVersion']}`], ['session', String(one['sessionId'])], ['agent', String(one['agent'])], ['principal', String(one['principal'])],
    ['outcome', one['settledAt'] === undefined ? '-' : `${one['outcome']} ${one['settledAt']}`], ...charges, ['log', `${place(one)}${answer['inLog'] === true ? '' : ' (archived or away: no message, no hash)'}`],
  ], '');
}
