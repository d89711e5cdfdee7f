/**
 * Tool names with `*`, which stands for any characters, none included. Matching looks for the pieces between the stars
 * from left to right; taking the first place of each is right because a star may stretch, and keeps it linear.
 */
export interface Glob {
  readonly prefix: string;
  readonly middle: readonly string[];
  readonly suffix: string;
}

export function isGlob(name: string): boolean {
  return name.includes('*');
}

export function compileGlob(pattern: string): Glob {
  const pieces = pattern.split('*');
  const prefix = pieces.shift() ?? '';
  const suffix = pieces.pop() ?? '';
  return { prefix, middle: pieces.filter((piece) => piece !== ''), suffix };
}

export function matchesGlob(glob: Glob, name: string): boolean {
  if (!name.startsWith(glob.prefix) || !name.endsWith(glob.suffix)) return false;
  const end = name.length - glob.suffix.length;
  let from = glob.prefix.length;
  if (from > end) return false;
  for (const piece of glob.middle) {
    const at = name.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
    if (from > end) return false;
  }
  return true;
}

/** The order in which globs are tried: most literal characters first, ties by code-point order. */
export function compareGlobs(a: string, b: string): number {
  return literalCharacters(b) - literalCharacters(a) || compareCodePoints(a, b);
}

export function literalCharacters(pattern: string): number {
  let count = 0;
  for (const character of pattern) if (character !== '*') count++;
  return count;
}

function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i] as string).codePointAt(0)! - (right[i] as string).codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
