import type { decision } from '#contracts';
import type { SpanFacts } from '#platform';

/** What a span says of a verdict: which one, and where in the log it stands. Nothing of any other answer. */
export function verdictFacts(answer: object): SpanFacts | undefined {
  const { verdict, replayed, receipt } = answer as decision.DecideResponse;
  if (verdict === undefined) return undefined;
  return {
    'docket.verdict': String(verdict), 'docket.replayed': replayed === true,
    ...(receipt && { 'docket.topic': receipt.topic, 'docket.partition': Number(receipt.partition), 'docket.offset': Number(receipt.offset) }),
  };
}
