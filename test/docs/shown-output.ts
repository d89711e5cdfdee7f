/** A duration in a text that people read: `in 15 min`. */
const SPAN = /\b(\d+) (s|min|h|d)\b/g;
const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };
/** What margins spread at random and slow machines make of a duration, and no more. */
const SPAN_FACTOR = 1.3;

/** A command's output without what differs from run to run: times, tokens, ids of keys, folders, ports, durations, and the width of columns, which follows from them. */
export function lasting(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/token-[0-9a-f]{32}/g, 'token-VALUE').replace(SPAN, 'SPAN').replace(/\b[0-9a-f]{16}\b/g, 'KEY').replace(/\/\S+(?=\/\.docket\/)/g, '…').replace(/127\.0\.0\.1:\d+/g, 'ADDRESS').replace(/[ \t]+/g, ' ').replace(/ $/gm, '').trim();
}

/** Durations that a document shows and that are others in truth: `60 min, really 15 min`. Both texts have the same ones otherwise. */
export function wrongSpans(shown: string, printed: string): string[] {
  const really = [...printed.matchAll(SPAN)];
  return [...shown.matchAll(SPAN)].flatMap((span, index) => {
    const other = really[index];
    if (other !== undefined) {
      const factor = secondsOf(span) / secondsOf(other);
      if (secondsOf(span) === secondsOf(other) || factor <= SPAN_FACTOR && factor >= 1 / SPAN_FACTOR) return [];
    }
    return [`${span[0]}, really ${other?.[0] ?? 'not said'}`];
  });
}

function secondsOf([, count, unit]: RegExpExecArray): number {
  return Number(count) * SECONDS[unit!]!;
}
