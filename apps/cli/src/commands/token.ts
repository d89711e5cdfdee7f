import type { Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { CliError } from '../cli-error.js';
import { connectionOptions, duration, wholeNumber, type Bind, type Context } from '../context.js';
import { pauseText, roughly } from '../duration-text.js';
import { readSecret } from '../secret-input.js';
import { aligned } from '../terminal.js';
import { tokenLogCommand } from './token-log.js';

export function tokenCommands(program: Command, bind: Bind): void {
  const token = program.command('token').description('short-lived access tokens of connections to partners');
  getCommand(token, bind);

  const reject = token.command('reject <connection>').description('say that the partner answers 401 to a token: the next call gets a newer one')
    .option('--generation <n>', 'the token that was refused (default: the newest)', wholeNumber(1, Number.MAX_SAFE_INTEGER));
  bind<{ generation?: number }>(connectionOptions(reject), async (context, { generation }, [connectionId = '']) => {
    const refused = generation ?? await newest(context, connectionId);
    const answer = await (await context.tokens()).call('token', 'RejectToken', 'gateway', { connectionId, generation: String(refused) });
    const current = Number(answer['currentGeneration']);
    context.print(answer, () => (current > 0 ? `generation ${refused} was replaced before: generation ${current} is served`
      : answer['retryIn'] === undefined ? `generation ${refused} is not served any more; the next call has a new one minted`
      : `generation ${refused} is not served any more; none is minted for ${pauseText(1_000 * seconds(answer['retryIn']))}, since the partner refuses what it has just issued`));
  });

  const revoke = token.command('revoke [connection]').description('end tokens now, on every node')
    .option('--generation <n>', 'this token and all before it (default: all)', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--grant <id>', 'what this grant was handed, and all that it might yet get: of the connection, or of all there are and will be (until docket token restore)')
    .option('--token-file <file>', 'the token itself, wherever it was found, also one that was replaced; - for the standard input')
    .option('--all', 'every token there is')
    .addHelpText('after', '\nExamples:\n  docket token revoke demo\n  docket token revoke --token-file leaked.txt\n  docket token revoke --all');
  bind<{ generation?: number; grant?: string; tokenFile?: string; all?: boolean }>(connectionOptions(revoke), async (context, options, [connectionId = '']) => {
    const { generation = 0, grant = '', tokenFile, all = false } = options;
    if (connectionId === '' && grant === '' && tokenFile === undefined && !all) throw new CliError('expected a connection, --grant, --token-file or --all');
    const answer = await (await context.tokens()).call('token', 'RevokeToken', 'admin', {
      connectionId, generation: String(generation), grantId: grant, all, ...(tokenFile !== undefined && { token: await readSecret(tokenFile, 'the token', context.terminal) }),
    });
    context.print(answer, () => (grant !== '' ? cutOffText(answer, connectionId) : tokenFile !== undefined ? foundText(answer) : revokedText(answer)));
  });

  const restore = token.command('restore <grant>').description('let a grant that was cut off have tokens again; what ended with it stays ended')
    .option('--connection <id>', 'of this connection (default: of all)')
    .addHelpText('after', '\nExample:\n  docket token restore 0190f3a1c2d37e4f8a5b6c7d8e9f0a1b');
  bind<{ connection?: string }>(connectionOptions(restore), async (context, { connection = '' }, [grant = '']) => {
    const answer = await (await context.tokens()).call('token', 'RestoreGrant', 'admin', { grantId: grant, connectionId: connection });
    context.print(answer, () => (answer['restored'] ? 'the grant may have tokens again' : 'the grant was not cut off'));
  });

  tokenLogCommand(token, bind);
}

function revokedText(answer: JsonObject): string {
  const ids = answer['connectionIds'] as string[];
  return ids.length === 0 ? 'nothing to revoke' : `revoked: tokens of ${ids.join(', ')}`;
}

function cutOffText(answer: JsonObject, connectionId: string): string {
  const ids = answer['connectionIds'] as string[];
  const of = connectionId === '' ? 'of any connection, also of those registered later' : `of ${connectionId}`;
  return [
    (answer['byGrant'] as JsonObject)['isNew'] ? `the grant gets no tokens any more, ${of}` : `the grant was cut off before, ${of}`,
    ids.length === 0 ? 'it holds no token in clear that would have to end' : `ended: the tokens in its hands, of ${ids.join(', ')}; others get new ones`,
  ].join('\n');
}

/** What became of each token that has the value. */
function foundText(answer: JsonObject): string {
  const found = (answer['byValue'] as JsonObject)['tokens'] as JsonObject[];
  if (found.length === 0) return 'nothing to revoke: no token that was minted here and may still be good has this value';
  return found.map((one) => {
    const what = `generation ${String(one['generation'])} of ${String(one['connectionId'])}`;
    const elsewhere = one['issuerTold'] ? 'its issuer is told' : `its partner has no address for revocation and may take it until ${String(one['expiresAt'])}`;
    if (one['endedBefore']) return `${what} had ended before; ${elsewhere}`;
    return `revoked: ${what}${one['newest'] ? '' : ', which another one had taken the place of, so nobody was served it'}; ${elsewhere}`;
  }).join('\n');
}

interface GetOptions {
  readonly reveal?: boolean;
  readonly wrap?: boolean;
  readonly standIn?: boolean;
  readonly minTtl?: number;
  readonly rejected?: number;
  readonly grant?: string;
  readonly subject?: string;
  readonly subjectTokenFile?: string;
  readonly subjectExpiresIn?: number;
}

function getCommand(token: Command, bind: Bind): void {
  const get = token.command('get <connection>').description('have a token ready, minted if need be, and show its generation and end')
    .option('--reveal', 'show the token too: for connections registered with --delivery reveal; each time is logged')
    .option('--wrap', 'get a handle that Unwrap takes once, within a minute: for --delivery wrap or reveal')
    .option('--min-ttl <time>', 'good for at least so long (90s, 5m), refreshed first if need be; counts for half a token’s life at most', duration)
    .option('--stand-in', 'get what the agent holds in a token’s place, for the --grant')
    .option('--rejected <n>', 'the partner answered 401 to this generation', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--grant <id>', 'the grant that it is for: one that the registry knows, neither revoked nor over')
    .option('--subject <name>', 'of a connection that exchanges tokens: whose')
    .option('--subject-token-file <file>', 'the token to exchange; - for the standard input')
    .option('--subject-expires-in <time>', 'how long that one is good for, if it is no JWT', duration)
    .addHelpText('after', '\nExamples:\n  docket token get demo\n  docket token get demo-reveal --reveal\n  docket token get demo --rejected 1');
  bind<GetOptions>(connectionOptions(get), async (context, options, [connectionId = '']) => {
    if ([options.reveal, options.wrap, options.standIn].filter(Boolean).length > 1) throw new CliError('--reveal, --wrap and --stand-in do not go together');
    const { minTtl, rejected = 0, grant = '', subject = '', subjectTokenFile, subjectExpiresIn } = options;
    const answer = await (await context.tokens()).call('token', 'GetToken', 'gateway', {
      connectionId, delivery: options.reveal ? 'REVEAL' : options.wrap ? 'WRAP' : options.standIn ? 'STAND_IN' : 'METADATA_ONLY', rejectedGeneration: String(rejected), grantId: grant, subject,
      ...(minTtl !== undefined && { minTtl: `${minTtl / 1_000}s` }),
      ...(subjectTokenFile !== undefined && { subjectToken: await readSecret(subjectTokenFile, 'the token to exchange', context.terminal) }),
      ...(subjectExpiresIn !== undefined && { subjectExpiresIn: `${subjectExpiresIn / 1_000}s` }),
    });
    context.print(answer, () => aligned([
      ['connection', connectionId],
      ['generation', String(answer['generation'])],
      ['expires', `${String(answer['expiresAt'])} (in ${roughly(seconds(answer['expiresIn']))})${answer['stale'] ? ', past its end: the issuer is ill' : ''}`],
      ['refreshed', `from ${roughly(seconds(answer['refreshIn']))} on`],
      ['goes into', `header ${String(answer['headerName'])}${answer['headerPrefix'] === '' ? '' : `, after "${String(answer['headerPrefix'])}"`}`],
      ['token', options.reveal ? String(answer['token']) : undefined],
      ['stand-in', options.standIn ? String(answer['standIn']) : undefined],
      ['handle', options.wrap ? String(answer['handle']) : undefined],
    ], ''));
  });
}

async function newest(context: Context, connectionId: string): Promise<number> {
  const { connection } = await (await context.tokens()).call('connection', 'Get', 'admin', { connectionId });
  const generation = Number(((connection as JsonObject)['token'] as JsonObject | undefined)?.['generation'] ?? 0);
  if (generation === 0) throw new CliError(`connection ${connectionId} has no token that could be rejected`);
  return generation;
}

/** Of a duration in proto's JSON form, such as `3.5s`. */
function seconds(duration: unknown): number {
  return Number.parseFloat(String(duration));
}
