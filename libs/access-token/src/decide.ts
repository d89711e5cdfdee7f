import type { TokenCommand } from './commands.js';
import { barGrant } from './bar-grant.js';
import { decideConnection } from './decide-connection.js';
import { decideHandover } from './decide-handover.js';
import { beginMint, failMint, finishMint } from './decide-mint.js';
import { noConnection, type TokenDecision } from './decision.js';
import { rejectToken, revokeToken } from './end-token.js';
import { registerConnection } from './register-connection.js';
import type { TokenSettings } from './settings.js';
import { shapeError } from './shape.js';
import { findConnection, type TokenState } from './state.js';

/** What a command does to a partition's connections. Pure: ids, randomness and times come with the command and the context. */
export function decide(settings: TokenSettings, state: TokenState, command: TokenCommand, nowMs: number): TokenDecision {
  const malformed = shapeError(command);
  if (malformed !== undefined) return { kind: 'advise', reply: malformed };
  if (command.type === 'BarGrant' || command.type === 'LiftBar') return barGrant(state, command);
  const connection = findConnection(state, command.tenant, command.connection_id);
  if (command.type === 'RegisterConnection') return registerConnection(settings, state, connection, command);
  // A removed connection's tokens may still be good at its partner.
  if (connection === undefined || connection.status === 'removed' && command.type !== 'RevokeToken') return noConnection();
  switch (command.type) {
    case 'RotateSecret':
    case 'RenewSecret':
    case 'SuspendConnection':
    case 'ResumeConnection':
    case 'RemoveConnection':
    case 'ResetBreaker': return decideConnection(connection, command);
    case 'BeginMint': return beginMint(settings, state, connection, command, nowMs);
    case 'FinishMint': return finishMint(connection, command, nowMs);
    case 'FailMint': return failMint(connection, command, nowMs);
    case 'RejectToken': return rejectToken(connection, command, nowMs);
    case 'RevokeToken': return revokeToken(connection, command, nowMs);
    case 'WrapToken':
    case 'UnwrapToken':
    case 'RevealToken':
    case 'CutOffGrant':
    case 'LiftCutOff':
    case 'EndHeldTokens':
    case 'ReportServed':
    case 'ReportDenied': return decideHandover(connection, command, nowMs);
  }
}
