import type { DecisionCommand, DecisionReply, Errands, ScopeKey } from '#decision';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { ABANDONED_AFTER_MS, AbandonedCalls } from './abandoned.calls.js';
import type { ErrandRunner } from './errands.js';

const CALL = { grant_id: '1'.repeat(32), call_id: '01a207d9-f7d8-7a1b-8c2d-000000000009', actor: 'gateway' };
const TRAIL: readonly ScopeKey[] = [{ scope: 'server', key: 'default/s' }, { scope: 'organisation', key: 'default' }];

/** A clock that is moved by hand, and nodes that answer what they are told to. */
class World {
  nowMs = 0;
  readonly sent: string[] = [];
  answer: (command: DecisionCommand) => DecisionReply = () => { throw new Error('nobody was asked'); };
  readonly #timers: { readonly atMs: number; readonly call: () => void }[] = [];
  readonly runtime: Runtime = {
    wallMs: () => this.nowMs, monotonicMs: () => this.nowMs, randomHex: () => '',
    after: (ms, call) => {
      const timer = { atMs: this.nowMs + ms, call };
      this.#timers.push(timer);
      return () => void this.#timers.splice(this.#timers.indexOf(timer), 1);
    },
  };
  readonly calls = new AbandonedCalls({ errands: { run: (errands: Errands<unknown>) => this.#run(errands) } as unknown as ErrandRunner, runtime: this.runtime });

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.nowMs)) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.call();
    }
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }

  async #run(errands: Errands<unknown>): Promise<unknown> {
    let step = errands.next();
    while (step.done !== true) {
      this.sent.push(step.value.command.type);
      step = errands.next(this.answer(step.value.command));
    }
    return step.value;
  }
}

const ended = (aborted: boolean, passes: readonly ('server' | 'organisation')[] = []) => (command: DecisionCommand): DecisionReply =>
  (command.type === 'Abort' ? { type: 'Ended', aborted, passes } : { type: 'Released', refunded: [] });

test('nothing is given back while the caller may repeat the id; then the id is ended first', async () => {
  const world = new World();
  world.answer = ended(true);
  world.calls.add(CALL, TRAIL, false);
  await world.pass(ABANDONED_AFTER_MS - 1);
  expect([world.sent, world.calls.count]).toEqual([[], 1]);
  await world.pass(1);
  expect([world.sent, world.calls.count]).toEqual([['Abort', 'Release', 'Release'], 0]);
});

test('what belongs to a call that was let pass is kept', async () => {
  const world = new World();
  world.answer = ended(false, ['organisation']);
  world.calls.add(CALL, TRAIL, true);
  await world.pass(0);
  expect(world.sent).toEqual(['Abort', 'Release']);
});

test('as long as it is not known how the call ended, it is asked again and nothing is given back', async () => {
  const world = new World();
  world.answer = () => { throw new DocketError('unavailable', { reason: 'NO_OWNER', message: 'nobody owns it', metadata: { outcome: 'not_decided' } }); };
  world.calls.add(CALL, TRAIL, true);
  await world.pass(0);
  for (let i = 0; i < 5; i += 1) await world.pass(60_000);
  expect(world.sent).toEqual(Array(6).fill('Abort'));
  world.answer = ended(true);
  await world.pass(60_000);
  expect(world.sent.slice(6)).toEqual(['Abort', 'Release', 'Release']);
  expect(world.calls.count).toBe(0);
});

test('a call that is too old to be ended is left alone: what it may hold counts until its windows end', async () => {
  const world = new World();
  world.answer = () => { throw new DocketError('failed_precondition', { reason: 'CALL_ID_TOO_OLD', message: 'too old' }); };
  world.calls.add(CALL, TRAIL, true);
  await world.pass(0);
  await world.pass(600_000);
  expect([world.sent, world.calls.count]).toEqual([['Abort'], 0]);
});

test('a node that stops ends at once what it has begun', async () => {
  const world = new World();
  world.answer = ended(true);
  world.calls.add(CALL, TRAIL, false);
  await world.calls.stop();
  expect([world.sent, world.calls.count]).toEqual([['Abort', 'Release', 'Release'], 0]);
});
