import type { Outcome, SeenLimit } from './driver.js';
import type { Failure } from './play-case.js';

/** A failure in lines for people: which step, what was expected, what came, and what the limits were then. */
export function failureText({ step, round, line, did, mismatches, outcome }: Failure): string {
  const where = step === 0 ? `line ${line}` : `step ${step}, line ${line}${round > 1 ? `, round ${round}` : ''}`;
  const width = Math.max(...mismatches.map(({ field }) => field.length)) + 1;
  return [
    `${did} (${where})`,
    ...mismatches.flatMap(({ field, expected, came }) => [
      `  ${`${field}:`.padEnd(width)} expected ${expected}`,
      `  ${''.padEnd(width)} came     ${came}`,
    ]),
    ...[...answerText(outcome)].map((text) => `  ${text}`),
  ].join('\n');
}

function* answerText({ verdict, wouldBe, rule, message, limits = [] }: Outcome): Generator<string> {
  if (verdict === undefined) return;
  const would = typeof wouldBe === 'string' ? `, would be ${wouldBe}` : '';
  yield `the answer: ${verdict}${would}${rule === '' || rule === undefined ? '' : `, rule ${rule}`}${message === '' || message === undefined ? '' : `: ${message}`}`;
  for (const limit of limits) yield limitText(limit);
}

function limitText({ counter, used, limit, remaining, resetsAtMs, refused }: SeenLimit): string {
  return `limit ${counter}: ${used} of ${limit} used, ${remaining} remaining, resets at ${new Date(resetsAtMs).toISOString()}${refused ? ' (refused)' : ''}`;
}
