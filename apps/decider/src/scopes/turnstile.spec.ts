import { Turnstile } from './turnstile.js';

const patiently = (turn: Promise<void>): Promise<void> => turn;

test('lets in as many as there is room for, and then one for each that leaves, in their order', async () => {
  const turnstile = new Turnstile();
  expect([turnstile.tryEnter('a', 2), turnstile.tryEnter('a', 2), turnstile.tryEnter('a', 2), turnstile.tryEnter('b', 1)]).toEqual([true, true, false, true]);
  const order: string[] = [];
  const wait = (name: string): Promise<void> => turnstile.turn('a', patiently).then(() => void order.push(name));
  const waiting = [wait('first'), wait('second')];
  turnstile.leave('a');
  await waiting[0];
  expect(order).toEqual(['first']);
  expect([turnstile.tryEnter('a', 2), turnstile.tryEnter('a', 2)]).toEqual([true, false]);
  turnstile.leave('a');
  await waiting[1];
  expect(order).toEqual(['first', 'second']);
});

test('who has given up waiting holds up nobody', async () => {
  const turnstile = new Turnstile();
  turnstile.tryEnter('a', 1);
  const late = new Error('the deadline has passed');
  await expect(turnstile.turn('a', () => Promise.reject(late))).rejects.toBe(late);
  const next = turnstile.turn('a', patiently);
  turnstile.leave('a');
  await next;
  expect(turnstile.tryEnter('a', 1)).toBe(true);
});

test('whose turn it is and who does not need it passes it on; one call may always enter', async () => {
  const turnstile = new Turnstile();
  expect(turnstile.tryEnter('a', 0)).toBe(true);
  const [first, second] = [turnstile.turn('a', patiently), turnstile.turn('a', patiently)];
  turnstile.leave('a');
  await first;
  turnstile.pass('a');
  await second;
  turnstile.pass('a');
  // Nobody is inside and nobody waits: nothing is kept, and a turn comes at once.
  await turnstile.turn('a', patiently);
  expect(turnstile.tryEnter('a', 1)).toBe(true);
});
