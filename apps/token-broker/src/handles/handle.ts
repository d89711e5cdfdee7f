import { createHash } from 'node:crypto';
import { DocketError } from '#errors';

/** `th_<connection>_<random>`: the connection says where it is kept, the rest cannot be guessed. */
const HANDLE = /^th_([a-z0-9-]{1,63})_[0-9a-f]{64}$/;

/** @param randomHex of so many bytes, from the system's generator */
export function newHandle(connectionId: string, randomHex: (bytes: number) => string): string {
  return `th_${connectionId}_${randomHex(32)}`;
}

/** What the log knows of a handle: enough to recognise it, not to use it. */
export function hashOf(handle: string): string {
  return createHash('sha256').update(handle).digest('hex');
}

/** The connection that a handle is of. Throws permission_denied for what is none, a stand-in for instance. */
export function connectionOfHandle(text: string): string {
  const connectionId = HANDLE.exec(text)?.[1];
  if (connectionId === undefined) throw new DocketError('permission_denied', { reason: 'HANDLE_UNKNOWN', message: 'this is no handle' });
  return connectionId;
}
