import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { node } from '#contracts';
import type { DecisionReply, WiderCommand } from '#decision';
import { DocketError } from '#errors';

/** As many as a list of tools may touch at once. */
const LIMITS_MAX = 4_000;
const TEXT_MAX = 4_096;
const COMMAND_BYTES_MAX = 4 * 1024 * 1024;

const text = z.string().max(TEXT_MAX);
const amount = z.string().max(64);
const scopeKey = { scope: z.enum(['server', 'organisation']), key: text };
const call = { call_id: text, grant_id: text, actor: text };
const asked = z.strictObject({
  rule: text, name: text, counter: text, window: text, sliding: z.boolean(), limit: amount, amount, refund: z.array(z.enum(['not_sent', 'failed'])).max(2),
});
const command: z.ZodType<WiderCommand> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('Reserve'), ...scopeKey, ...call, content: text, server_id: text, tool: text, agent: text, limits: z.array(asked).max(LIMITS_MAX) }),
  z.strictObject({ type: z.literal('ReadQuota'), ...scopeKey, limits: z.array(asked).max(LIMITS_MAX) }),
  z.strictObject({ type: z.literal('Release'), ...scopeKey, ...call, cause: z.enum(['refused', 'aborted', 'not_sent', 'failed']) }),
  z.strictObject({ type: z.literal('Abort'), ...call }),
]);

/** Types of the commands that nodes send each other. */
export const WIDER_TYPES: readonly string[] = ['Reserve', 'ReadQuota', 'Release', 'Abort'] satisfies readonly WiderCommand['type'][];

/** Commands from node to node: whoever has the key that the nodes share can make them, and nobody else. Repeating one does nothing more. */
export class NodeSeals {
  /** `mac`: a keyed digest, hex; the same on every node. */
  constructor(private readonly mac: (data: string) => string) {}

  write(partition: number, given: WiderCommand): node.ApplyRequest {
    const body = JSON.stringify(given);
    return { partition, command: Buffer.from(body), seal: this.#seal(partition, body) };
  }

  /** Throws unauthenticated for what no node has sealed, invalid_argument for what is no command. */
  read({ partition, command: bytes, seal }: node.ApplyRequest__Output): WiderCommand {
    if (bytes.length > COMMAND_BYTES_MAX) throw new DocketError('invalid_argument', { reason: 'NODE_COMMAND_TOO_LARGE', message: `a command between nodes has at most ${COMMAND_BYTES_MAX} bytes, this one ${bytes.length}` });
    const body = bytes.toString('utf8');
    const expected = this.#seal(partition, body);
    if (seal.length !== expected.length || !timingSafeEqual(seal, expected)) {
      throw new DocketError('unauthenticated', { reason: 'NODE_SEAL_INVALID', message: 'this is for the nodes of this installation only' });
    }
    const parsed = command.safeParse(JSON.parse(body));
    if (!parsed.success) throw new DocketError('invalid_argument', { reason: 'NODE_COMMAND_UNKNOWN', message: 'a command that this version does not know: are the nodes of the same version?' });
    return parsed.data;
  }

  #seal(partition: number, body: string): Buffer {
    return Buffer.from(this.mac(`docket node command v1\0${partition}\0${body}`), 'hex');
  }
}

const scoped = z.object({
  rule: z.string(), name: z.string(), counter: z.string(), window: z.string(), sliding: z.boolean(), limit: z.string(), amount: z.string(),
  refund: z.array(z.enum(['not_sent', 'failed'])), used: z.string(), window_end_ms: z.int(), resets_at_ms: z.int(), free_at_ms: z.int(),
});
const reading = z.object({
  rule: z.string(), counter: z.string(), scope: z.enum(['grant', 'session', 'agent', 'server', 'organisation']), window: z.string(), sliding: z.boolean(), limit: z.string(),
  used: z.string(), remaining: z.string(), resets_at_ms: z.int(), refused: z.boolean(),
});
const reply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Quota'), outcome: z.enum(['held', 'refused', 'read']), limits: z.array(scoped) }),
  z.object({ type: z.literal('Released'), refunded: z.array(reading) }),
  z.object({ type: z.literal('Ended'), aborted: z.boolean(), passes: z.array(z.enum(['server', 'organisation'])) }),
]);

export function writeReply(given: DecisionReply): node.ApplyResponse {
  return { reply: Buffer.from(JSON.stringify(given)) };
}

/** Throws internal for what no node answers. */
export function readReply({ reply: bytes }: node.ApplyResponse__Output): DecisionReply {
  const parsed = reply.safeParse(JSON.parse(bytes.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new DocketError('internal', { reason: 'UNEXPECTED_REPLY', message: 'another node answered with something that this version does not know', metadata: { outcome: 'unknown' } });
}
