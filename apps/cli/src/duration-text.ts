const UNITS = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]] as const;

/**
 * A pause as people say it: `0.2 s`, `28 s`, `4 min 1 s`, `2 h 5 min`: its two greatest units. Rounded up, since whoever tries
 * again too early is refused again.
 * @param ms 0 or more
 */
export function pauseText(ms: number): string {
  if (ms < 10_000) return `${Math.ceil(ms / 100) / 10} s`;
  let left = Math.ceil(ms / 1_000);
  const first = UNITS.findIndex(([, seconds]) => left >= seconds);
  const [greater, lesser = ['s', 1] as const] = UNITS.slice(first);
  left = Math.ceil(left / lesser[1]) * lesser[1];
  const count = Math.floor(left / greater![1]);
  const rest = (left - count * greater![1]) / lesser[1];
  return greater![0] === 's' || rest === 0 ? `${count} ${greater![0]}` : `${count} ${greater![0]} ${rest} ${lesser[0]}`;
}

/** A length of time, roughly, in one unit: `90 s`, `15 min`, `7 d`. */
export function roughly(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 120) return `${total} s`;
  if (total < 7_200) return `${Math.round(total / 60)} min`;
  return total < 172_800 ? `${Math.round(total / 3_600)} h` : `${Math.round(total / 86_400)} d`;
}
