import { DocketError } from '#errors';
import { Ledger, MemoryEventLog, systemRuntime } from '#ledger';
import type { TokenCommand, TokenReply } from './commands.js';
import { OWNER_A, OWNER_B, begin, failed, finished, id32, register } from './fixtures/connection.js';
import { accessTokenMachine } from './machine.js';
import type { TokenEvent } from './model.js';
import { findConnection, type TokenState } from './state.js';

const TOPIC = 'docket.tokens';
type TokenLedger = Ledger<TokenState, TokenCommand, TokenEvent, TokenReply>;

let log: MemoryEventLog;
const running: TokenLedger[] = [];

beforeEach(async () => {
  log = new MemoryEventLog();
  await log.prepare([{ topic: TOPIC, partitions: 1 }]);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((ledger) => ledger.stop()));
});

async function owner(name: string): Promise<TokenLedger> {
  const ledger: TokenLedger = new Ledger({
    // Nothing but an append of its own tells an owner here that it was replaced, as after a long stop of the process.
    log, topic: TOPIC, partitions: 1, machine: accessTokenMachine(), runtime: systemRuntime(), node: { name, address: '' }, limits: { idleCheckMs: 600_000, backOffMinMs: 1, backOffMaxMs: 5, drainMs: 200 },
  });
  running.push(ledger);
  await ledger.start();
  return ledger;
}

const outcomeOf = (promise: Promise<TokenReply>): Promise<TokenReply | DocketError> => promise.catch((error: DocketError) => error);

test('an owner that was replaced during a slow mint cannot publish its token, not even after it has taken the partition back', async () => {
  const old = await owner('old');
  await old.submit(0, register());
  expect(await old.submit(0, begin(1, { owner: OWNER_A }))).toMatchObject({ kind: 'mint', attempt: 1 });

  const next = await owner('next');
  expect(await next.submit(0, begin(2, { owner: OWNER_B }))).toMatchObject({ kind: 'mint', attempt: 2 });
  expect(await next.submit(0, finished(2))).toMatchObject({ kind: 'token', token: { generation: 1, mint_id: id32(2) } });

  const late = await outcomeOf(old.submit(0, finished(1)));
  expect(late).toMatchObject({ kind: 'unavailable', reason: 'NEWER_OWNER' });
  // It claims the partition again, as a node that was given it back would: its old mint is over all the same.
  expect(await old.submit(0, finished(1))).toEqual({ kind: 'discarded' });
  expect(await old.submit(0, failed(1))).toEqual({ kind: 'discarded' });
  expect(old.peek(0, (state) => findConnection(state, 'default', 'partner')!.slots.get('')!.token)).toMatchObject({ generation: 1, mint_id: id32(2) });
});

test('a new owner answers with the token of the former one, from the log alone', async () => {
  const old = await owner('old');
  await old.submit(0, register());
  await old.submit(0, begin(1));
  await old.submit(0, finished(1));
  const next = await owner('next');
  expect(await next.submit(0, begin(2, { owner: OWNER_B }))).toMatchObject({ kind: 'token', token: { generation: 1 } });
});

test('callers of both owners at the moment of a take-over make one mint each at most', async () => {
  const old = await owner('old');
  await old.submit(0, register());
  const first = Array.from({ length: 50 }, (_, n) => outcomeOf(old.submit(0, begin(100 + n, { owner: OWNER_A }))));
  const next = await owner('next');
  const second = await Promise.all(Array.from({ length: 50 }, (_, n) => outcomeOf(next.submit(0, begin(200 + n, { owner: OWNER_B })))));
  const mints = [...(await Promise.all(first)), ...second].filter((reply) => !(reply instanceof DocketError) && reply.kind === 'mint');
  expect(mints.length).toBeGreaterThanOrEqual(1);
  expect(mints.length).toBeLessThanOrEqual(2);
});
