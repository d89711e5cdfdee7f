import { DocketError } from '#errors';
import type { KeyFound } from './grant-values.js';
import { KeyOnItsWay, RecordedArguments } from './recorded-arguments.js';

const call = { grant_id: 'a'.repeat(32), call_id: '0192f3c4-7a10-7bcd-8e21-3f5a6b7c8d9e', arguments: { keys: [], hmac: '', sealed: '' } };

test('a key that cannot be had is told to whoever waits for it, and is nothing to whoever does not', async () => {
  const gone = new DocketError('unavailable', { reason: 'DATABASE_UNAVAILABLE', message: 'the database is away' });
  const asked: Promise<KeyFound>[] = [];
  const args = new RecordedArguments({ keyOf: () => {
    asked.push(Promise.reject(gone));
    return asked.at(-1)!;
  } });
  const look = (): unknown => {
    try {
      return args.of(call).isObject();
    } catch (error) {
      return error;
    }
  };
  // Nobody takes the first one: were it a stray rejection, it would end the process, and this test.
  expect(look()).toBeInstanceOf(KeyOnItsWay);
  await new Promise((resolve) => setImmediate(resolve));
  const waiting = look() as KeyOnItsWay;
  await expect(waiting.key).rejects.toBe(gone);
  expect(asked).toHaveLength(2);
});
