import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isObject, type JsonObject, parseJson, writeJson } from '#mcp';
import type { Secret } from '#platform';
import type { Caller } from '../ports.js';
import { Sealer } from './sealer.js';

/** An id is sent along in the header `Mcp-Name`: proxies take 8 KiB of headers in all. */
export const TASK_ID_LENGTH_MAX = 4_096;
/** Arguments that are longer do not get short enough, and are not tried. */
const ARGUMENTS_LENGTH_MAX = 64 * 1024;
const OPENED_BYTES_MAX = 256 * 1024;
/** As long as an approval that has ended is still known. */
const KNOWN_AFTER_END_MS = 10 * 60_000;

/** A call that waits for people: all that it takes to make it once they have approved it. */
export interface Task {
  /** Tells it apart from every other one. */
  readonly logicalCallId: string;
  readonly approvalId: string;
  readonly tool: string;
  /** JSON text, digit for digit. */
  readonly arguments: string;
  readonly definitionHash: string;
  readonly createdMs: number;
  /** By when people must have decided. */
  readonly expiresMs: number;
}

/**
 * A task's id is the task, sealed for its grant and server: any gateway with the same credential goes on with it, at any time, and whoever
 * else has it can do nothing with it (K2, K5). What has become of it is in the log, with the approval.
 */
export class TaskIds {
  readonly #sealer: Sealer;

  constructor(credential: Secret, private readonly wallMs: () => number) {
    this.#sealer = new Sealer(credential, 'docket mcp task');
  }

  /** Undefined if the arguments are too long for an id. */
  seal(task: Task, { grantId, serverId }: Caller): string | undefined {
    if (task.arguments.length > ARGUMENTS_LENGTH_MAX) return undefined;
    const id = this.#sealer.seal(deflateRawSync(writeJson({ ...task })), [grantId, serverId]);
    return id.length > TASK_ID_LENGTH_MAX ? undefined : id;
  }

  /** Undefined for what is no task, another grant's, or has ended long ago (K4). */
  open(id: unknown, { grantId, serverId }: Caller): Task | undefined {
    if (typeof id !== 'string' || id.length > TASK_ID_LENGTH_MAX) return undefined;
    const bytes = this.#sealer.open(id, [grantId, serverId]);
    const opened = bytes === undefined ? undefined : parseJson(inflateRawSync(bytes, { maxOutputLength: OPENED_BYTES_MAX }));
    const task = isObject(opened) ? taskOf(opened) : undefined;
    return task === undefined || this.wallMs() >= task.createdMs + ttlMsOf(task) ? undefined : task;
  }
}

/** From its beginning until nothing is known of it any more. */
export function ttlMsOf({ createdMs, expiresMs }: Task): number {
  return expiresMs + KNOWN_AFTER_END_MS - createdMs;
}

function taskOf({ logicalCallId, approvalId, tool, arguments: args, definitionHash, createdMs, expiresMs }: JsonObject): Task | undefined {
  const isTask = [logicalCallId, approvalId, tool, args, definitionHash].every((text) => typeof text === 'string') && [createdMs, expiresMs].every((ms) => typeof ms === 'number');
  return isTask ? { logicalCallId, approvalId, tool, arguments: args, definitionHash, createdMs, expiresMs } as unknown as Task : undefined;
}
