import type { Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { CliError } from '../cli-error.js';
import { connectionOptions, wholeNumber, type Bind, type Context } from '../context.js';
import { decisionText } from '../decision-text.js';
import { EXIT, EXIT_CODES_HELP, EXIT_OF_VERDICT } from '../exit-codes.js';
import { readInput } from '../input-file.js';
import { table } from '../terminal.js';
import { uuid7 } from '../uuid7.js';

interface DecideOptions {
  tool: string; args?: string; argsFile?: string; grant?: string; callId?: string; server?: string; session?: string;
  agent?: string; principal?: string; dryRun?: boolean; explain?: boolean; repeat: number; concurrency: number;
}

export function decideCommand(program: Command, bind: Bind): void {
  const command = program.command('decide').description('ask whether a grant may call a tool')
    .requiredOption('--tool <name>', 'the tool to be called')
    .option('--args <json>', 'its arguments, a JSON object')
    .option('--args-file <file>', 'the same from a file, or - for the standard input')
    .option('--grant <grant>', 'grant id or token (default: the demonstration grant)')
    .option('--call-id <id>', 'UUID version 7 that names the call (default: a new one); - reads one id a line from the standard input')
    .option('--server <id>', 'check that the grant is for this server')
    .option('--session <id>', 'session of the agent')
    .option('--agent <name>', 'name of the agent')
    .option('--principal <name>', 'whom the agent works for')
    .option('--dry-run', 'judge the call by the present state; write and consume nothing')
    .option('--explain', 'the same, with every step of the evaluation and its outcome')
    .option('--repeat <n>', 'ask so many times, each with a new call id (or all with the one given)', wholeNumber(1, 1_000_000), 1)
    .option('--concurrency <n>', 'so many at a time', wholeNumber(1, 1_000), 1)
    .addHelpText('after', `
Examples:
  docket decide --tool refresh_access_token
  docket decide --tool create_charge --args '{"amount": 20}' --json
  docket decide --tool create_charge --args '{"amount": 20}' --explain
  docket decide --tool refresh_access_token --repeat 61 --concurrency 8
  docket decide --tool refresh_access_token --repeat 61 --json | jq -r .callId > ids
  docket decide --tool refresh_access_token --call-id - < ids      # the recorded verdicts, marked replayed
${EXIT_CODES_HELP}
Several decisions: 0 if each got a verdict, whatever it was.`);
  bind<DecideOptions>(connectionOptions(command), decide);
}

async function decide(context: Context, options: DecideOptions): Promise<number> {
  const request = await buildRequest(context, options);
  const callIds = await chooseCallIds(context, options);
  const api = await context.api();
  const ask = (callId: string): Promise<JsonObject> => api.call('decision', 'Decide', 'gateway', { ...request, callId });
  const [only] = callIds;
  if (callIds.length > 1 || only === undefined) return askMany(context, callIds, options.concurrency, ask);
  try {
    const decision = await ask(only);
    context.print(decision, () => decisionText(decision, { steps: options.explain ?? false, sameService: context.sameService }));
    return EXIT_OF_VERDICT[String(decision['verdict'])] ?? EXIT.error;
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.unavailable && request['dryRun'] !== true) {
      context.note(`docket: whether it was decided is unknown; to find out, repeat it with --call-id ${only}`);
    }
    throw error;
  }
}

/** The arguments go out as they were written: the service judges them, not this side's idea of their numbers. */
async function buildRequest(context: Context, options: DecideOptions): Promise<JsonObject> {
  if (options.args !== undefined && options.argsFile !== undefined) throw new CliError('give --args or --args-file, not both');
  if (options.argsFile === '-' && options.callId === '-') throw new CliError('only one of --args-file and --call-id can be the standard input');
  const bytes = options.argsFile !== undefined ? await readInput(options.argsFile, context.terminal) : Buffer.from(options.args ?? '');
  if (bytes.length > 0) checkJson(bytes, options.argsFile === undefined ? '--args' : '--args-file');
  return {
    grant: options.grant ?? (await context.connection()).demo('grantId', '--grant'),
    tool: options.tool,
    arguments: bytes.toString('base64'),
    serverId: options.server ?? '',
    sessionId: options.session ?? '',
    agent: options.agent ?? '',
    principal: options.principal ?? '',
    dryRun: options.dryRun === true || options.explain === true,
  };
}

function checkJson(bytes: Buffer, option: string): void {
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch {
    // The parser's own message quotes the text, and arguments are nobody else's business.
    throw new CliError(`${option} is not JSON; expected an object such as '{"user": "u-1"}'`);
  }
}

async function chooseCallIds(context: Context, { callId, repeat }: DecideOptions): Promise<readonly string[]> {
  if (callId !== '-') return Array.from({ length: repeat }, () => callId ?? uuid7());
  const ids = (await readInput('-', context.terminal)).toString('utf8').split(/\s+/).filter((id) => id !== '');
  if (ids.length === 0) throw new CliError('--call-id -: the standard input holds no call id');
  return ids;
}

async function askMany(context: Context, callIds: readonly string[], concurrency: number, ask: (callId: string) => Promise<JsonObject>): Promise<number> {
  const counts = new Map<string, number>();
  const started = performance.now();
  let exitCode: number = EXIT.ok;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < callIds.length && !context.terminal.signal.aborted) {
      const callId = callIds[next++] ?? '';
      let outcome: string;
      try {
        const decision = await ask(callId);
        outcome = `${decision['verdict']}${decision['replayed'] ? ' (replayed)' : ''}${decision['rule'] ? ` ${decision['rule']}` : ''}`;
        if (context.json) context.print(decision, () => '');
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        outcome = error.toText().split('\n', 1)[0] ?? error.code;
        exitCode = Math.max(exitCode, error.exitCode);
        if (context.json) context.print({ callId, ...error.toJson() }, () => '');
      }
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, callIds.length) }, worker));
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([outcome, count]) => [String(count), outcome]);
  if (!context.json) context.print(null, () => `${table(['calls', 'answer'], rows)}\n${next} calls in ${((performance.now() - started) / 1000).toFixed(2)} s`);
  return exitCode;
}
