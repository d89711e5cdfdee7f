import { bench, do_not_optimize, group, run } from 'mitata';
import { reportFor } from './policy.report.js';

it('is a plain table, without colours and histograms, where the output is no terminal', async () => {
  const lines: string[] = [];
  group('sums', () => { bench('one sum', () => do_not_optimize(Math.hypot(3, 4))); });
  await run({ ...reportFor({}), print: (line: string) => lines.push(line) });
  const text = lines.join('\n');
  expect(text).toMatch(/^\| one sum +\| +`.*\/iter` \|/m);
  // The escape that begins every colour, and the blocks that histograms are made of.
  expect(text).not.toMatch(/[\u001b\u2580-\u259f]/u);
});

it('leaves it to the terminal what it can show, and only to a terminal', () => {
  expect(reportFor({ isTTY: true })).toEqual({});
  expect(reportFor({ isTTY: false })).toEqual(reportFor({}));
});
