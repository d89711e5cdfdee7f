import { systemRuntime } from './system-runtime.js';

test('a timer that is set for longer than timers can be does not go off at once', async () => {
  const went: string[] = [];
  const cancel = systemRuntime().after(2 ** 40, () => went.push('the long one'));
  // One that is too long would go off after a millisecond, before this.
  await new Promise<void>((resolve) => systemRuntime().after(5, resolve));
  cancel();
  expect(went).toEqual([]);
});
