import { gzipSync } from 'node:zlib';
import { unpack } from './unpack.js';

it('unpacks a few messages at a time, in their order, and leaves out those whose call has ended', async () => {
  const asked: number[] = [];
  const done: string[] = [];
  let hasEnded = false;
  const all = Array.from({ length: 10 }, (_, index) => new Promise<void>((resolve) => {
    const isWanted = (): boolean => {
      asked.push(index);
      const isLeftOut = hasEnded && index === 7;
      if (isLeftOut) resolve();
      return !isLeftOut;
    };
    unpack({ packing: 'gzip', bytes: gzipSync(`message ${index}`), bytesMax: 100, isWanted }, (error, plain) => {
      done.push(String(error ?? plain));
      resolve();
    });
  }));
  expect(asked).toEqual([0, 1, 2, 3]);
  hasEnded = true;
  await Promise.all(all);
  expect(done.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9].map((index) => `message ${index}`));
});

it('says so when a message would become too large', async () => {
  const error = await new Promise((resolve) => unpack({ packing: 'gzip', bytes: gzipSync(Buffer.alloc(1_000)), bytesMax: 999, isWanted: () => true }, resolve));
  expect(error).toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
});
