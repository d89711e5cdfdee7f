import type { Metadata } from '@grpc/grpc-js';
import type { Cause, ConnectionSettings } from '#access-token';
import { DocketError } from '#errors';
import { onwardOf } from '#platform';
import type { Onward } from '#platform';
import type { Identity } from '#registry';

/** Who calls, as events and other nodes are told. */
export interface Caller {
  readonly identity: Identity;
  readonly cause: Cause;
  /** What goes along when the call is handed on: the caller's own credential, and where the call has been. */
  readonly onward: Onward;
}

const GRANT_ID = /^[\x21-\x7e]{0,128}$/;

/** A grant's token names its grant and proves it: only the first half is for the record. */
export function grantIdOf(text: string): string {
  return /^dg_([0-9a-f]{32})_/.exec(text)?.[1] ?? text;
}

/** @param grantId of the request; '' for none */
export function callerOf(identity: Identity, metadata: Metadata, deadline: Date | number, grantId = ''): Caller {
  const grant = grantIdOf(grantId);
  if (!GRANT_ID.test(grant)) {
    throw new DocketError('invalid_argument', {
      reason: 'INVALID_REQUEST', message: 'the request is not valid: grant_id', violations: [{ field: 'grant_id', description: 'expected at most 128 visible ASCII characters' }],
    });
  }
  const onward = onwardOf(metadata, deadline);
  const [, traceId = ''] = onward.traceparent.split('-');
  return { identity, cause: { actor: identity.subject, grant_id: grant, trace_id: traceId }, onward };
}

/** Whether a gateway may have a connection's tokens: it is for all servers, or for one that the connection is for. */
export function mayHave({ server_ids: own }: Identity, settings: Pick<ConnectionSettings, 'server_ids'>): boolean {
  return own.length === 0 || settings.server_ids.some((id) => own.includes(id));
}

export function assertMayHave(identity: Identity, connectionId: string, settings: Pick<ConnectionSettings, 'server_ids'>): void {
  if (mayHave(identity, settings)) return;
  throw new DocketError('permission_denied', {
    reason: 'SERVER_NOT_ALLOWED', message: `connection ${connectionId} is for none of the servers that the credential of ${identity.subject} is for`,
  });
}
