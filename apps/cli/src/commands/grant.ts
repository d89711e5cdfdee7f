import { Option, type Command } from 'commander';
import type { JsonObject } from '@bufbuild/protobuf';
import { connectionOptions, duration, type Bind } from '../context.js';
import { confirm, expectConsent } from '../confirm.js';
import { EXIT } from '../exit-codes.js';
import { inForceText } from '../in-force.js';
import { aligned, table } from '../terminal.js';

export function grantCommands(program: Command, bind: Bind): void {
  const grant = program.command('grant').description('issue and revoke grants: what an agent may use a server with');

  const issue = grant.command('issue').description('issue a grant; its token is shown once')
    .option('--policy <name>', 'policy that governs it (without one every call is denied)')
    .addOption(new Option('--mode <mode>', 'observe: everything is judged, counted and logged, and every call is allowed').choices(['enforce', 'observe']).default('enforce'))
    .option('--server <id>', 'server it is for (default: the demonstration server)')
    .option('--label <text>', 'what it is for')
    .option('--expires-in <time>', 'until when: 90s, 15m, 1h, 30d (default: it does not expire)', duration)
    .addHelpText('after', '\nExample:\n  docket grant issue --policy charges --server demo --label "nightly job" --expires-in 12h');
  bind<{ policy?: string; mode: string; server?: string; label?: string; expiresIn?: number }>(connectionOptions(issue), async (context, options) => {
    const answer = await (await context.api()).call('registry', 'IssueGrant', 'admin', {
      serverId: options.server ?? (await context.connection()).demo('serverId', '--server'),
      policyId: options.policy ?? '',
      mode: options.mode.toUpperCase(),
      label: options.label ?? '',
      ...(options.expiresIn === undefined ? {} : { expiresAt: new Date(Date.now() + options.expiresIn).toISOString() }),
    });
    context.note('The token is shown once and stored nowhere.');
    context.print(answer, () => `${aligned([['token', String(answer['token'])], ...grantRows(answer)], '')}`);
  });

  const show = grant.command('show <grant-id>').description('show a grant and whether its last edit is in force');
  bind(connectionOptions(show), async (context, _options, [grantId = '']) => {
    const answer = await (await context.api()).call('registry', 'GetGrant', 'admin', { grantId });
    context.print(answer, () => aligned(grantRows(answer), ''));
  });

  const revoke = grant.command('revoke <grant-id>').description('revoke a grant for good');
  bind(connectionOptions(revoke), async (context, _options, [grantId = '']) => {
    const answer = await (await context.api()).call('registry', 'RevokeGrant', 'admin', { grantId });
    context.print(answer, () => `grant ${grantId} is revoked: ${inForceText(answer)}`);
  });

  const erase = grant.command('erase <grant-id>').description('revoke a grant and make the argument values of its calls unreadable, everywhere and for good')
    .option('--yes', 'do not ask for confirmation; needed where there is no terminal to ask at')
    .addHelpText('after', `
The key that seals the values is destroyed; the log, its hashes, verdicts and counters stay as they are (docs/retention.md).

Example:
  docket grant erase 0190f3a1c2d37e4f8a5b6c7d8e9f0a1b`);
  bind<{ yes?: boolean }>(connectionOptions(erase), async (context, { yes }, [grantId = '']) => {
    expectConsent(context, yes, 'erasing a grant');
    const api = await context.api();
    if (yes !== true) {
      const found = await api.call('registry', 'GetGrant', 'admin', { grantId });
      context.note(aligned(grantRows(found), ''));
      await confirm(context, 'erase the argument values of all calls of this grant, for good');
    }
    const answer = await api.call('registry', 'EraseGrant', 'admin', { grantId });
    context.print(answer, () => `grant ${grantId} is erased: ${inForceText(answer)}; ${answer['keyDestroyed'] ? 'its key is destroyed, the values are gone' : 'its key is not destroyed yet: every node goes on trying until it is'}`);
    return answer['keyDestroyed'] ? EXIT.ok : EXIT.unavailable;
  });

  const list = grant.command('list').description('list the grants')
    .option('--server <id>', 'only those for this server')
    .option('--all', 'revoked ones too');
  bind<{ server?: string; all?: boolean }>(connectionOptions(list), async (context, { server, all }) => {
    const grants = await (await context.api()).list('registry', 'ListGrants', 'admin', 'grants', { serverId: server ?? '', includeRevoked: all ?? false });
    if (context.json) for (const row of grants) context.print(row, () => '');
    else context.print(null, () => table(['grant', 'server', 'policy', 'mode', 'label', 'state'], grants.map((row) => [
      String(row['grantId']), String(row['serverId']), String(row['policyId']) || '-', String(row['mode']), String(row['label']), stateOf(row),
    ])));
  });
}

function grantRows(answer: JsonObject): [string, string | undefined][] {
  const grant = answer['grant'] as JsonObject;
  return [
    ['grant', String(grant['grantId'])],
    ['server', String(grant['serverId'])],
    ['policy', String(grant['policyId']) || '(none: every call is denied)'],
    ['mode', String(grant['mode'])],
    ['label', String(grant['label'])],
    ['state', stateOf(grant)],
    ['issued', `${grant['issuedAt']} by ${grant['issuedBy']}`],
    ['partition', String(grant['partition'])],
    ['edit', inForceText(answer)],
  ];
}

function stateOf(grant: JsonObject): string {
  if (grant['erasedAt'] !== undefined) return `erased ${grant['erasedAt']}`;
  if (grant['revokedAt'] !== undefined) return `revoked ${grant['revokedAt']}`;
  return grant['expiresAt'] === undefined ? 'active' : `expires ${grant['expiresAt']}`;
}
