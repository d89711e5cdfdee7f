import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { connectionOptions, duration, wholeNumber, type Bind, type Context } from '../context.js';
import { readSecret } from '../secret-input.js';
import { aligned, table } from '../terminal.js';

const ISSUERS = ['partner-secret', 'oauth2-client-credentials', 'oauth2-refresh-token', 'oauth2-token-exchange'];
const METHODS = ['api_secret_header', 'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];
const SECRET_HELP = `
The secret is asked for without echo, or read with --secret-file (- for the standard input); it is never an argument.
For private_key_jwt it is the private key, in PEM.`;

export function connectionCommands(program: Command, bind: Bind): void {
  const connection = program.command('connection').description('connections to partners, which tokens are minted from');
  registerCommand(connection, bind);

  const rotate = connection.command('rotate-secret <id>').description('replace the long-lived secret; tokens of the old one end at once')
    .option('--secret-file <file>', 'file with the new secret; - for the standard input')
    .option('--secret-version <n>', 'only if this is the version that is replaced', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', SECRET_HELP);
  bind<{ secretFile?: string; secretVersion?: number }>(connectionOptions(rotate), async (context, { secretFile, secretVersion = 0 }, [connectionId = '']) => {
    const secret = await readSecret(secretFile, `the new secret of ${connectionId}`, context.terminal);
    const answer = await (await context.tokens()).call('connection', 'RotateSecret', 'admin', { connectionId, secret, secretVersion: String(secretVersion) });
    context.print(answer, () => `the secret of ${connectionId} is now version ${String((answer['connection'] as JsonObject)['secretVersion'])}`);
  });

  for (const [name, rpc, about, done] of [
    ['suspend', 'Suspend', 'end its tokens, and mint none until it is resumed', 'is suspended'],
    ['resume', 'Resume', 'mint for it again', 'is active'],
    ['reset-breaker', 'ResetBreaker', 'forget its failures: the next call may mint at once', 'has forgotten its failures'],
  ] as const) {
    const command = connection.command(`${name} <id>`).description(about);
    bind(connectionOptions(command), async (context, _options, [connectionId = '']) => {
      const answer = await (await context.tokens()).call('connection', rpc, 'admin', { connectionId });
      context.print(answer, () => `connection ${connectionId} ${done}`);
    });
  }

  const remove = connection.command('remove <id>').description('remove a connection for good; its tokens end, its secret is deleted')
    .option('--secret-version <n>', 'only if its secret is still at this version (default: as it is now)', wholeNumber(1, Number.MAX_SAFE_INTEGER));
  bind<{ secretVersion?: number }>(connectionOptions(remove), async (context, options, [connectionId = '']) => {
    const secretVersion = options.secretVersion ?? Number((await shown(context, connectionId))['secretVersion']);
    const answer = await (await context.tokens()).call('connection', 'Remove', 'admin', { connectionId, secretVersion: String(secretVersion) });
    context.print(answer, () => `connection ${connectionId} is removed`);
  });

  const show = connection.command('show <id>').description('show a connection, without its secret');
  bind(connectionOptions(show), async (context, _options, [connectionId = '']) => {
    const found = await shown(context, connectionId);
    context.print({ connection: found }, () => aligned(rowsOf(found), ''));
  });

  const list = connection.command('list').description('list the connections, without their secrets');
  bind(connectionOptions(list), async (context) => {
    const connections = await (await context.tokens()).list('connection', 'List', 'admin', 'connections');
    if (context.json) for (const row of connections) context.print(row, () => '');
    else context.print(null, () => table(['connection', 'issuer', 'delivery', 'servers', 'state', 'breaker', 'token'], connections.map((row) => {
      const settings = row['settings'] as JsonObject;
      const servers = settings['serverIds'] as string[];
      return [String(row['connectionId']), lower(settings['issuer']), lower(settings['delivery']), servers.join(',') || '-', lower(row['state']), lower(row['breaker']), tokenText(row)];
    })));
  });
}

interface RegisterOptions {
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly authMethod?: string;
  readonly server?: string[];
  readonly scope?: string[];
  readonly audience?: string;
  readonly delivery: string;
  readonly environment?: string;
  readonly defaultLifetime?: number;
  readonly staticStability?: boolean;
  readonly mintsPerMinute?: number;
  readonly issuerUrl?: string;
  readonly revocationUrl?: string;
  readonly resource?: string;
  readonly stepUpScope?: string[];
  readonly dpop?: boolean;
  readonly secretFile?: string;
}

function registerCommand(connection: Command, bind: Bind): void {
  const register = connection.command('register <id>').description('register a connection: lower-case letters, digits and dashes')
    .requiredOption('--token-url <url>', 'where tokens are minted: https, without user and query')
    .requiredOption('--client-id <id>', 'client id or API key')
    .addOption(new Option('--issuer <kind>', 'how tokens are minted').choices(ISSUERS).default('partner-secret'))
    .addOption(new Option('--auth-method <method>', 'how the client proves itself (default: api_secret_header for partner-secret, else client_secret_basic)').choices(METHODS))
    .option('--server <id...>', 'servers whose gateways may have its tokens (default: only gateways that are for all servers)')
    .option('--scope <scope...>', 'OAuth scopes')
    .option('--audience <audience>', 'OAuth audience')
    .addOption(new Option('--delivery <how>', 'how tokens are handed over: injected by gateways only, also as single-use handles, or shown').choices(['inject', 'wrap', 'reveal']).default('inject'))
    .option('--environment <name>', 'a name that keeps its tokens apart (default: default)')
    .option('--default-lifetime <time>', 'for tokens whose life nobody tells (default: 5m)', duration)
    .option('--static-stability', 'while the issuer is ill, serve a token up to 5 to 10 minutes past its end')
    .option('--mints-per-minute <n>', 'at most (default: 60)', wholeNumber(1, 600))
    .option('--issuer-url <url>', 'OAuth: the issuer’s identifier, audience of a private_key_jwt assertion')
    .option('--revocation-url <url>', 'OAuth: where tokens are revoked (RFC 7009)')
    .option('--resource <uri>', 'OAuth: resource indicator (RFC 8707)')
    .option('--step-up-scope <scope...>', 'OAuth: scopes that a 403 may add')
    .option('--dpop', 'OAuth: bind tokens to a key (RFC 9449)')
    .option('--secret-file <file>', 'file with the secret; - for the standard input')
    .addHelpText('after', `${SECRET_HELP}

Examples:
  docket connection register payments --token-url https://api.example.com/partners/api/v2/refresh-token --client-id key-1 --server demo
  docket connection register crm --issuer oauth2-client-credentials --token-url https://id.example.com/token --client-id docket --scope orders.read --secret-file secret.txt`);
  bind<RegisterOptions>(connectionOptions(register), async (context, options, [connectionId = '']) => {
    const secret = await readSecret(options.secretFile, `the secret of ${connectionId}`, context.terminal);
    const answer = await (await context.tokens()).call('connection', 'Register', 'admin', { connectionId, settings: settingsOf(options), secret });
    context.print(answer, () => aligned([['registered', connectionId], ...rowsOf(answer['connection'] as JsonObject).slice(1)], ''));
  });
}

function settingsOf(options: RegisterOptions): JsonObject {
  const { issuerUrl = '', revocationUrl = '', resource = '', stepUpScope = [], dpop = false } = options;
  const hasOAuth = issuerUrl !== '' || revocationUrl !== '' || resource !== '' || stepUpScope.length > 0 || dpop;
  return {
    issuer: upper(options.issuer), tokenUrl: options.tokenUrl, clientId: options.clientId, delivery: upper(options.delivery), serverIds: options.server ?? [], scopes: options.scope ?? [],
    audience: options.audience ?? '', environment: options.environment ?? '', staticStability: options.staticStability ?? false, mintsPerMinuteMax: options.mintsPerMinute ?? 0,
    ...(options.authMethod !== undefined && { authMethod: options.authMethod === 'none' ? 'NO_CLIENT_AUTHENTICATION' : upper(options.authMethod) }),
    ...(options.defaultLifetime !== undefined && { defaultLifetime: `${options.defaultLifetime / 1_000}s` }),
    ...(hasOAuth && { oauth: { issuerUrl, revocationUrl, resource, stepUpScopes: stepUpScope, dpop } }),
  };
}

async function shown(context: Context, connectionId: string): Promise<JsonObject> {
  return (await (await context.tokens()).call('connection', 'Get', 'admin', { connectionId }))['connection'] as JsonObject;
}

function rowsOf(connection: JsonObject): [string, string | undefined][] {
  const settings = connection['settings'] as JsonObject;
  const failure = connection['lastFailure'] as JsonObject | undefined;
  return [
    ['connection', String(connection['connectionId'])],
    ['issuer', `${lower(settings['issuer'])} at ${String(settings['tokenUrl'])}`],
    ['client', String(settings['clientId'])],
    ['servers', (settings['serverIds'] as string[]).join(', ') || 'gateways for all servers only'],
    ['delivery', lower(settings['delivery'])],
    ['scopes', (settings['scopes'] as string[]).join(' ')],
    ['state', lower(connection['state'])],
    ['secret', `version ${String(connection['secretVersion'])}`],
    ['breaker', `${lower(connection['breaker'])}${failure === undefined ? '' : ` (${String(failure['code'])} at ${String(failure['at'])}, tried again from ${String(failure['retryAt'])})`}`],
    ['token', tokenText(connection)],
    ['owner', String(connection['ownerAddress'])],
    ['registered', `${String(connection['registeredAt'])} by ${String(connection['registeredBy'])}`],
  ];
}

function tokenText(connection: JsonObject): string {
  const token = connection['token'] as JsonObject | undefined;
  if (token === undefined) return '-';
  const ended = String(token['endedBy']);
  return `generation ${String(token['generation'])}, ${ended === '' ? `expires ${String(token['expiresAt'])}` : `ended by ${ended}`}`;
}

const lower = (name: unknown): string => String(name).toLowerCase().replaceAll('_', '-');
const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');
