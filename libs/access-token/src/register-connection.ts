import { DocketError } from '#errors';
import type { RegisterConnection } from './commands.js';
import { append, refuse, unchanged, type TokenDecision } from './decision.js';
import { settingsProblems } from './settings-problems.js';
import type { TokenSettings } from './settings.js';
import type { ConnectionRecord, TokenState } from './state.js';

/** A removed connection's id may be taken again: its versions and generations go on, so that nothing old fits the new one. */
export function registerConnection(
  { connectionsMax }: TokenSettings, state: TokenState, known: ConnectionRecord | undefined, command: RegisterConnection,
): TokenDecision {
  const { connection_id, secret_id, secret_version } = command;
  const problems = settingsProblems(command.settings);
  if (problems.length > 0) {
    const violations = problems.map(({ field, description }) => ({ field: `settings.${field}`, description }));
    return { kind: 'advise', reply: new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: `the settings do not fit together: ${problems.map(({ field, description }) => `${field}: ${description}`).join('; ')}`, violations }) };
  }
  if (known !== undefined && known.status !== 'removed') {
    // The same one sent twice: its first answer was lost.
    if (known.secret_id === secret_id && known.binding === command.binding) return unchanged;
    return refuse('already_exists', 'CONNECTION_EXISTS', `connection ${connection_id} exists: rotate its secret, or remove it first`);
  }
  const expected = (known?.secret_version ?? 0) + 1;
  if (secret_version !== expected) return secretVersionChanged(connection_id, expected - 1);
  if (known === undefined && state.connections.size >= connectionsMax) {
    return refuse('resource_exhausted', 'CONNECTIONS_LIMIT', `there are ${state.connections.size} connections in this partition, at most ${connectionsMax}`);
  }
  return append({ ...command, type: 'ConnectionRegistered' });
}

export function secretVersionChanged(connectionId: string, present: number): TokenDecision {
  return refuse('failed_precondition', 'SECRET_VERSION_CHANGED', `the secret of connection ${connectionId} is at version ${present}: look again`, {
    metadata: { secret_version: String(present) },
  });
}
