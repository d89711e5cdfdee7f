import type { RemoveConnection, RenewSecret, ResetBreaker, ResumeConnection, RotateSecret, SuspendConnection } from './commands.js';
import { answer, append, unchanged, type TokenDecision } from './decision.js';
import { secretVersionChanged } from './register-connection.js';
import type { ConnectionRecord } from './state.js';

export function decideConnection(
  connection: ConnectionRecord, command: RotateSecret | RenewSecret | SuspendConnection | ResumeConnection | RemoveConnection | ResetBreaker,
): TokenDecision {
  const { tenant, connection_id, actor, grant_id, trace_id } = command;
  const common = { tenant, connection_id, actor, grant_id, trace_id };
  switch (command.type) {
    case 'RotateSecret': {
      const { secret_id, secret_version, binding } = command;
      if (secret_id === connection.secret_id) return unchanged;
      if (secret_version !== connection.secret_version + 1) return secretVersionChanged(connection_id, connection.secret_version);
      return append({ type: 'SecretRotated', ...common, secret_id, secret_version, binding });
    }
    case 'RenewSecret': {
      const { secret_id, former_secret_id } = command;
      if (secret_id === connection.secret_id) return unchanged;
      return former_secret_id === connection.secret_id ? append({ type: 'SecretRenewed', tenant, connection_id, former_secret_id, secret_id }) : answer({ kind: 'discarded' });
    }
    case 'SuspendConnection':
      return connection.status === 'suspended' ? unchanged : append({ type: 'ConnectionSuspended', ...common });
    case 'ResumeConnection':
      return connection.status === 'active' ? unchanged : append({ type: 'ConnectionResumed', ...common });
    case 'RemoveConnection':
      if (command.secret_version !== connection.secret_version) return secretVersionChanged(connection_id, connection.secret_version);
      return append({ type: 'ConnectionRemoved', ...common });
    case 'ResetBreaker': {
      const isHeld = [...connection.slots.values()].some(({ hold }) => hold !== null);
      return connection.last_failure === null && !isHeld ? unchanged : append({ type: 'BreakerReset', ...common });
    }
  }
}
