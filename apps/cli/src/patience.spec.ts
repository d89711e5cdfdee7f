import { Writable } from 'node:stream';
import { Context } from './context.js';
import { outageNotes, patience } from './patience.js';

function context(): { readonly context: Context; readonly told: () => string[] } {
  let text = '';
  const stderr = new Writable({ write: (chunk, _encoding, done) => {
    text += String(chunk);
    done();
  } });
  const terminal = { stderr, stdout: stderr, stdin: process.stdin, environment: {}, cwd: '/', signal: new AbortController().signal };
  return { context: new Context(terminal, {}), told: () => text.split('\n').filter((line) => line !== '') };
}

it('says once that something is away, however often it fails, and once that it is back', () => {
  const { context: given, told } = context();
  const outage = outageNotes(given);
  outage.isBack();
  for (let attempt = 0; attempt < 30; attempt++) outage.isAway(new Error('connect ECONNREFUSED'));
  expect(told()).toEqual(['the database or the log is away (connect ECONNREFUSED); trying again']);
  for (let batch = 0; batch < 3; batch++) outage.isBack();
  outage.isAway(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }));
  expect(told()).toEqual([expect.anything(), expect.stringMatching(/^it is back after \d+ s$/), 'the database or the log is away (ECONNREFUSED); trying again']);
});

it('waits for work that fails, and gives it up with its failure after the time that it was given', async () => {
  const { context: given, told } = context();
  const once = patience(given, 60_000);
  let fails = 1;
  const work = async (): Promise<string> => {
    if (fails-- > 0) throw new Error('away');
    return 'done';
  };
  expect(await once(work)).toBeUndefined();
  expect(await once(work)).toBe('done');
  expect(told()).toEqual([expect.stringMatching(/^the database or the log is away \(away\)/), expect.stringMatching(/^it is back/)]);
  const never = patience(given, -1);
  await expect(never(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
});
