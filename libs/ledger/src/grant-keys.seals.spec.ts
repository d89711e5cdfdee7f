import { SealCounts } from './grant-keys.seals.js';

const BLOCK = 1_024;
const WORN = (2 ** 32 - 2 ** 26) / 2;

/** The table, in memory: what was reserved for each key. */
class Table {
  readonly reserved = new Map<string, number>();
  readonly statements: string[][] = [];
  isAway = false;

  readonly query = async (_text: string, [ids, counts]: unknown[]): Promise<never> => {
    await Promise.resolve();
    this.statements.push(ids as string[]);
    if (this.isAway) throw new Error('away');
    const rows = (ids as string[]).map((id, i) => {
      this.reserved.set(id, (this.reserved.get(id) ?? 0) + (counts as number[])[i]!);
      return { id, seals: String(this.reserved.get(id)) };
    });
    return { rows } as never;
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is reserved is never less than what was sealed, once a reservation has settled, over restarts too', async () => {
  const table = new Table();
  let sealed = 0;
  for (let start = 0; start < 3; start += 1) {
    const key = new SealCounts(table.query).of('k', table.reserved.get('k') ?? 0);
    for (const count of [1, 500, 1_000, 3_000, 20_000]) {
      for (let n = 0; n < count; n += 1) key.take();
      sealed += count;
      await settled();
      expect(table.reserved.get('k')).toBeGreaterThanOrEqual(sealed);
    }
  }
  expect(table.statements.length).toBeLessThan(40);
});

test('a key that seals once reserves one small block, and many keys one statement', async () => {
  const table = new Table();
  const counts = new SealCounts(table.query);
  for (let n = 0; n < 100; n += 1) counts.of(`k${n}`, 0).take();
  await settled();
  expect(counts.total).toBe(100);
  expect([...table.reserved.values()]).toEqual(Array.from({ length: 100 }, () => BLOCK));
  expect(table.statements.length).toBeLessThanOrEqual(2);
});

test('a key is worn at half of what it may seal, and refuses before the other half is gone', async () => {
  const table = new Table();
  const fresh = new SealCounts(table.query).of('k', WORN - 1);
  expect(fresh.isWorn).toBe(false);
  table.reserved.set('k', WORN - 1);
  fresh.take();
  await settled();
  expect(fresh.isWorn).toBe(true);
  const spent = new SealCounts(table.query).of('k', 2 * WORN);
  expect(() => spent.take()).toThrow(expect.objectContaining({ kind: 'failed_precondition', reason: 'GRANT_KEY_WORN' }));
});

test('with the database away a key seals on for a while, then fails, and seals again once it is counted', async () => {
  const table = new Table();
  table.isAway = true;
  const key = new SealCounts(table.query).of('k', 0);
  const sealAll = (): number => {
    for (let n = 0; ; n += 1) {
      try {
        key.take();
      } catch (error) {
        expect(error).toMatchObject({ kind: 'unavailable', reason: 'SEALS_NOT_COUNTED' });
        return n;
      }
    }
  };
  expect(sealAll()).toBe(65_536);
  await settled();
  expect(sealAll()).toBe(0);
  await settled();
  table.isAway = false;
  expect(sealAll()).toBe(0);
  await settled();
  expect(sealAll()).toBeGreaterThan(0);
});
