import { StandbyTurns } from './standby-turns.js';

/** Those who were given their turn are in `taken`, in that order. */
function standbys(turns: StandbyTurns, taken: string[]): (name: string) => { readonly ask: () => void; readonly end: () => void } {
  return (name) => {
    const who = {};
    const ask = (): void => {
      if (turns.take(who, ask)) taken.push(name);
    };
    return { ask, end: () => turns.end(who) };
  };
}

test('one after another, in the order in which they asked', () => {
  const taken: string[] = [];
  const standby = standbys(new StandbyTurns(), taken);
  const [a, b, c] = [standby('a'), standby('b'), standby('c')];
  for (const one of [a, b, c]) one.ask();
  expect(taken).toEqual(['a']);
  a.end();
  expect(taken).toEqual(['a', 'b']);
  b.end();
  c.end();
  expect(taken).toEqual(['a', 'b', 'c']);
});

test('none begins while a partition is claimed; then the first of them does', () => {
  const taken: string[] = [];
  const turns = new StandbyTurns();
  const standby = standbys(turns, taken);
  const ends = [turns.claiming(), turns.claiming()];
  const [a, b] = [standby('a'), standby('b')];
  a.ask();
  b.ask();
  ends[0]!();
  expect(taken).toEqual([]);
  ends[1]!();
  expect(taken).toEqual(['a']);
});

test('one that does not want to any more is not given a turn, and keeps nobody from his', () => {
  const taken: string[] = [];
  const standby = standbys(new StandbyTurns(), taken);
  const [a, b, c] = [standby('a'), standby('b'), standby('c')];
  for (const one of [a, b, c]) one.ask();
  b.end();
  a.end();
  expect(taken).toEqual(['a', 'c']);
});
