import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { CliError } from '../cli-error.js';
import { connectionOptions, type Bind } from '../context.js';
import { aligned, table } from '../terminal.js';

const ROLES = ['gateway', 'admin', 'approver', 'auditor'];

export function accessCommands(program: Command, bind: Bind): void {
  serverCommands(program, bind);
  credentialCommands(program, bind);
}

function serverCommands(program: Command, bind: Bind): void {
  const server = program.command('server').description('the tool servers that grants are for');

  const register = server.command('register <id>').description('register a server: lower-case letters, digits and dashes')
    .option('--name <text>', 'its name for people (default: the id)');
  bind<{ name?: string }>(connectionOptions(register), async (context, { name }, [serverId = '']) => {
    const answer = await (await context.api()).call('registry', 'RegisterServer', 'admin', { serverId, name: name ?? serverId });
    context.print(answer, () => `server ${(answer['server'] as JsonObject)['serverId']} is registered`);
  });

  const list = server.command('list').description('list the servers');
  bind(connectionOptions(list), async (context) => {
    const servers = await (await context.api()).list('registry', 'ListServers', 'admin', 'servers');
    if (context.json) for (const row of servers) context.print(row, () => '');
    else context.print(null, () => table(['server', 'name', 'registered'], servers.map((row) => [String(row['serverId']), String(row['name']), String(row['registeredAt'])])));
  });
}

function credentialCommands(program: Command, bind: Bind): void {
  const credential = program.command('credential').description('what opens the API: gateways, administrators, approvers, auditors');

  const issue = credential.command('issue').description('issue a credential; its token is shown once')
    .requiredOption('--subject <name>', 'who holds it; events record it')
    .addOption(new Option('--role <role...>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--server <id...>', 'for the role gateway: the servers it is for (default: all)');
  bind<{ subject: string; role: string[]; server?: string[] }>(connectionOptions(issue), async (context, options) => {
    const answer = await (await context.api()).call('registry', 'IssueCredential', 'admin', {
      subject: options.subject, roles: options.role.map((role) => role.toUpperCase()), serverIds: options.server ?? [],
    });
    context.note('The token is shown once and stored nowhere.');
    context.print(answer, () => aligned([
      ['token', String(answer['token'])], ['credential', String((answer['credential'] as JsonObject)['credentialId'])], ['subject', options.subject],
    ], ''));
  });

  const revoke = credential.command('revoke <credential-id>').description('revoke a credential for good');
  bind(connectionOptions(revoke), async (context, _options, [credentialId = '']) => {
    if (credentialId.startsWith('dk_')) throw new CliError('expected the credential id, the part between the underscores of its token');
    const answer = await (await context.api()).call('registry', 'RevokeCredential', 'admin', { credentialId });
    context.print(answer, () => `credential ${credentialId} is revoked`);
  });

  const list = credential.command('list').description('list the credentials, without their secrets');
  bind(connectionOptions(list), async (context) => {
    const credentials = await (await context.api()).list('registry', 'ListCredentials', 'admin', 'credentials');
    if (context.json) for (const row of credentials) context.print(row, () => '');
    else context.print(null, () => table(['credential', 'subject', 'roles', 'servers', 'state'], credentials.map((row) => [
      String(row['credentialId']), String(row['subject']), (row['roles'] as string[]).join(','), (row['serverIds'] as string[]).join(',') || 'all',
      row['revokedAt'] === undefined ? 'active' : `revoked ${row['revokedAt']}`,
    ])));
  });
}
