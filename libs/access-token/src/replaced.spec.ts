import type { TokenCommand } from './commands.js';
import { HOUR_MS, Partition, begin, finished, hash64, id32, register, reject, remove, revoke, rotate, suspend } from './fixtures/connection.js';
import { livingTokens } from './state.js';

let partition: Partition;
const living = (): string[] => livingTokens(partition.connection(), partition.nowMs).map(({ generation, fingerprint, ended_by }) => `${generation} ${Number.parseInt(fingerprint, 16)} ${ended_by ?? 'good'}`);

beforeEach(() => {
  partition = new Partition().given(register());
  partition.mint(1);
});

test('a token that was replaced is remembered until its end and a minute, however it was replaced', () => {
  partition.given(begin(2, { known_generation: 1 })).after(HOUR_MS - 100_000).given(begin(2, { known_generation: 1, reason: 'soft' }), finished(2));
  expect(living()).toEqual(['2 2 good', '1 1 good']);
  partition.given(reject(2));
  partition.mint(3);
  expect(living()).toEqual(['3 3 good', '2 2 rejection', '1 1 good']);
  partition.after(160_000);
  expect(living()).toEqual(['3 3 good', '2 2 rejection']);
});

test('revoking one of them is an event, ends no newer one, and is needed once', () => {
  partition.given(reject(1));
  partition.mint(2);
  partition.after(30_000).given(reject(2));
  partition.mint(3);
  expect(partition.when(revoke(1, ''))).toEqual({ kind: 'done', unchanged: false });
  expect(living()).toEqual(['3 3 good', '2 2 rejection', '1 1 revocation']);
  expect(partition.when(revoke(1, ''))).toEqual({ kind: 'done', unchanged: true });
  expect(partition.when(begin(4))).toMatchObject({ kind: 'token', token: { generation: 3 } });
});

test.each<[string, () => TokenCommand]>([['rotated', () => rotate(2)], ['suspended', suspend], ['removed', () => remove()]])('all have ended when their connection is %s, and are known until their ends, also when it is registered again', (how, end) => {
  partition.mint(2, { slot: hash64(9) });
  partition.given(reject(1));
  partition.mint(3);
  partition.given(end());
  const ended = ['3 3 revocation', '2 2 revocation', '1 1 revocation'];
  expect(living()).toEqual(ended);
  // Nothing is left to be ended, wherever it was.
  for (const command of [revoke(1, ''), revoke(2, hash64(9))]) expect(partition.when(command)).toEqual({ kind: 'done', unchanged: true });
  if (how === 'removed') partition.given(register({ secret_version: 2 }));
  expect(living()).toEqual(ended);
});

test('they are bounded: of a connection that mints without end the newest 10,000 are remembered', () => {
  const [first] = partition.given(reject(1)).connection().replaced;
  expect(first).toBeUndefined();
  partition.mint(2);
  const one = partition.connection().replaced[0]!;
  partition.connection().replaced = Array.from({ length: 10_000 }, (_, n) => ({ ...one, mint_id: id32(1_000 + n) }));
  partition.given(revoke());
  partition.mint(3);
  const { replaced } = partition.connection();
  expect([replaced.length, replaced[0]!.mint_id, replaced.at(-1)!.generation]).toEqual([10_000, id32(1_001), 2]);
});
