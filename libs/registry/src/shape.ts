import type { DocketError } from '#errors';
import type { RegistryCommand } from './commands.js';
import { checkTools } from './tools-shape.js';
import { CREDENTIAL_SERVERS_MAX, DOCUMENT_CHARS_MAX, ROLES, TIME_MAX_MS, Violations } from './validate.js';

const DAY_MS = 86_400_000;
/** A partition is claimed, folded and fed one by one: thousands of them help nobody. */
const PARTITIONS_MAX = 1024;

/** What is wrong with the command itself, whatever the state; undefined if nothing. */
export function shapeError(command: RegistryCommand): DocketError | undefined {
  const wrong = new Violations().slug('organisation', command.organisation);
  if (command.type !== 'CreateRegistry') wrong.text('actor', command.actor, 1);
  switch (command.type) {
    case 'CreateRegistry':
      return wrong
        .wholeNumber('decisions_partitions', command.decisions_partitions, 1, PARTITIONS_MAX)
        .wholeNumber('tokens_partitions', command.tokens_partitions, 1, PARTITIONS_MAX)
        .wholeNumber('call_id_memory_ms', command.call_id_memory_ms, 1, DAY_MS)
        .wholeNumber('call_id_ahead_ms', command.call_id_ahead_ms, 1, DAY_MS)
        .error();
    case 'IssueCredential':
      wrong.credentialId('credential_id', command.credential_id).text('subject', command.subject, 1);
      wrong.hash('secret_hash', command.secret_hash);
      checkRoles(wrong, command.roles);
      checkServers(wrong, command.server_ids);
      return wrong.error();
    case 'RevokeCredential':
      return wrong.credentialId('credential_id', command.credential_id).error();
    case 'RegisterServer':
      return wrong.slug('server_id', command.server_id).text('name', command.name).error();
    case 'PublishPolicy':
      if (command.document.length > DOCUMENT_CHARS_MAX) {
        wrong.add('document', `its normal form has ${command.document.length} characters, expected at most ${DOCUMENT_CHARS_MAX}`);
      }
      return wrong.slug('policy_id', command.policy_id).hash('version', command.version).error();
    case 'AttachPolicy':
      return wrong.grantId('grant_id', command.grant_id).slug('policy_id', command.policy_id).error();
    case 'IssueGrant':
      wrong.grantId('grant_id', command.grant_id).slug('server_id', command.server_id).text('label', command.label);
      if (command.policy_id !== '') wrong.slug('policy_id', command.policy_id);
      if (command.expires_at_ms !== null) wrong.wholeNumber('expires_at', command.expires_at_ms, 0, TIME_MAX_MS);
      return wrong.hash('secret_hash', command.secret_hash).error();
    case 'StoreToolText':
    case 'ReportTools':
    case 'ApproveTools':
    case 'SetToolRisk':
    case 'SetToolChurn':
      checkTools(wrong.slug('server_id', command.server_id), command);
      return wrong.error();
    case 'RevokeGrant':
    case 'EraseGrant':
      return wrong.grantId('grant_id', command.grant_id).error();
  }
}

function checkRoles(wrong: Violations, roles: readonly string[]): void {
  if (roles.length === 0) wrong.add('roles', `expected at least one of ${ROLES.join(', ')}`);
  if (new Set(roles).size !== roles.length) wrong.add('roles', 'expected each role once');
  if (roles.some((role) => !(ROLES as readonly string[]).includes(role))) wrong.add('roles', `expected only ${ROLES.join(', ')}`);
}

function checkServers(wrong: Violations, serverIds: readonly string[]): void {
  if (serverIds.length > CREDENTIAL_SERVERS_MAX) {
    wrong.add('server_ids', `found ${serverIds.length}, expected at most ${CREDENTIAL_SERVERS_MAX}`);
    return;
  }
  serverIds.forEach((id, index) => wrong.slug(`server_ids[${index}]`, id));
  if (new Set(serverIds).size !== serverIds.length) wrong.add('server_ids', 'expected each server once');
}
