import { createHmac } from 'node:crypto';
import type { node } from '#contracts';
import type { WiderCommand } from '#decision';
import { DocketError } from '#errors';
import { NodeSeals, readReply, writeReply } from './node-commands.js';

const sealsOf = (key: string): NodeSeals => new NodeSeals((data) => createHmac('sha256', key).update(data).digest('hex'));
const LIMIT = { rule: '/all_tools/limits/0', name: 'c', counter: '["s","server","default","c","60s",false]', window: '60s', sliding: false, limit: '5', amount: '1', refund: ['not_sent'] } as const;
const CALL = { call_id: '01a207d9-f7d8-7a1b-8c2d-000000000009', grant_id: '1'.repeat(32), actor: 'gateway' };
const COMMANDS: readonly WiderCommand[] = [
  { type: 'Reserve', scope: 'server', key: 'default/s', ...CALL, content: 'x', server_id: 's', tool: 't', agent: '', limits: [LIMIT] },
  { type: 'ReadQuota', scope: 'organisation', key: 'default', limits: [LIMIT] },
  { type: 'Release', scope: 'server', key: 'default/s', ...CALL, cause: 'aborted' },
  { type: 'Abort', ...CALL },
];
const sent = ({ partition, command, seal }: node.ApplyRequest): node.ApplyRequest__Output => ({ partition: partition!, command: Buffer.from(command as Buffer), seal: Buffer.from(seal as Buffer) });
const failureOf = (act: () => unknown): DocketError => {
  try {
    act();
  } catch (error) {
    if (error instanceof DocketError) return error;
    throw error;
  }
  throw new Error('nothing failed');
};

test.each(COMMANDS.map((command) => [command.type, command] as const))('%s arrives at another node as it was sent', (_, command) => {
  expect(sealsOf('k').read(sent(sealsOf('k').write(3, command)))).toEqual(command);
});

test('whatever was not sealed by a node is refused, before it is read', () => {
  const written = sent(sealsOf('k').write(3, COMMANDS[0]!));
  const forged = [
    { ...written, seal: Buffer.alloc(0) }, { ...written, seal: Buffer.alloc(32) }, { ...written, partition: 4 }, sent(sealsOf('another').write(3, COMMANDS[0]!)),
    { ...written, command: Buffer.from(written.command.toString().replace('"5"', '"9"')) }, { ...written, command: Buffer.from('no JSON') },
  ];
  for (const one of forged) expect(failureOf(() => sealsOf('k').read(one))).toMatchObject({ kind: 'unauthenticated', reason: 'NODE_SEAL_INVALID' });
});

test('a command of another version is refused, not guessed', () => {
  const unknown = { type: 'Decide', ...CALL } as unknown as WiderCommand;
  expect(failureOf(() => sealsOf('k').read(sent(sealsOf('k').write(3, unknown))))).toMatchObject({ kind: 'invalid_argument', reason: 'NODE_COMMAND_UNKNOWN' });
});

test('replies arrive as they were given; what is none says so', () => {
  const scoped = { ...LIMIT, used: '0', window_end_ms: 1, resets_at_ms: 2, free_at_ms: 0 };
  for (const reply of [{ type: 'Quota', outcome: 'held', limits: [scoped] }, { type: 'Released', refunded: [] }, { type: 'Ended', aborted: false, passes: ['server'] }] as const) {
    expect(readReply({ reply: Buffer.from(writeReply(reply).reply as Buffer) })).toEqual(reply);
  }
  expect(failureOf(() => readReply({ reply: Buffer.from('{"type":"Quota"}') }))).toMatchObject({ kind: 'internal', reason: 'UNEXPECTED_REPLY' });
});
