import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { ToolPolicy } from './policy.js';
import { shorten } from './problems.js';

export const PATTERN_LENGTH_MAX = 500;
/** Size of a compiled pattern, in instructions: what each character of a text may cost. */
export const PATTERN_SIZE_MAX = 5_000;
/** Of all patterns of a document together, each counted once. */
export const PATTERNS_MAX = 500;
export const PATTERNS_SIZE_MAX = 100_000;
/**
 * Instructions times characters that all patterns of one tool may cost a call. RE2 is linear in the text, but also in
 * the pattern: at 30 to 60 ns for each, this is less than half a second of the partition's time at the very worst.
 */
export const PATTERN_WORK_MAX = 8_000_000;

/** What a pattern may remember of the texts that it has seen; what does not fit is found out again. */
export const PATTERN_MEMORY_BYTES = 256 * 1024;

/** A regular expression in RE2's syntax, unanchored. */
export interface Pattern {
  /** In instructions. */
  readonly size: number;
  readonly matches: (text: string) => boolean;
}

/** How the conditions of a tool come to their patterns. */
export interface PatternUse {
  readonly compile: (text: string) => Pattern;
  /** Characters that one condition may look at in one call; more are of the wrong type. */
  readonly charactersMax: number;
}

/** Compiles the patterns of one document, each once, as long as their sizes stay within bounds. */
export class Patterns {
  private readonly compiled = new Map<string, Pattern | string>();
  private size = 0;

  /** The pattern, or why it is refused, in words that follow "found". */
  compile(text: string): Pattern | string {
    let pattern = this.compiled.get(text);
    if (pattern !== undefined) return pattern;
    if (this.compiled.size >= PATTERNS_MAX) return `more than ${PATTERNS_MAX} different patterns in one document`;
    // To compile more would only cost time. What is refused was compiled as well, so it counts.
    if (this.tooLarge) return `patterns of more than ${PATTERNS_SIZE_MAX} instructions in one document`;
    pattern = this.compilePattern(text);
    this.compiled.set(text, pattern);
    return pattern;
  }

  /** Whether all that was compiled is more than a document may have: the same whatever order it came in. */
  get tooLarge(): boolean {
    return this.size > PATTERNS_SIZE_MAX;
  }

  private compilePattern(text: string): Pattern | string {
    let compiled: RE2JS;
    try {
      compiled = RE2JS.compile(text);
    } catch (error) {
      return refusal(error);
    }
    const size = compiled.programSize();
    this.size += size;
    if (size > PATTERN_SIZE_MAX) return `a pattern of ${size} instructions`;
    // The engine's own default is 8 MiB for each pattern, which hostile texts would fill.
    const { dfa } = compiled.re2();
    dfa.stateBudget = PATTERN_MEMORY_BYTES;
    dfa.memBudget = PATTERN_MEMORY_BYTES;
    return { size, matches: (input) => compiled.test(input) };
  }
}

/** What is wrong with a pattern, and the part of it that is, as JSON spells it: nothing else of a long pattern helps. */
function refusal(error: unknown): string {
  if (!(error instanceof RE2JSSyntaxException)) return shorten(error instanceof Error ? error.message : String(error));
  const what = error.getDescription();
  const part = error.getPattern();
  return part === null ? what : `${what}: ${shorten(JSON.stringify(part))}`;
}

/** What the patterns of one tool may look at: the more they are and the larger, the less. */
export function patternUse(tool: ToolPolicy, patterns: Patterns): PatternUse {
  const compile = (text: string): Pattern => {
    const pattern = patterns.compile(text);
    if (typeof pattern === 'string') throw new TypeError('a pattern of a policy that was not read by parsePolicy');
    return pattern;
  };
  let size = 0;
  for (const rules of [tool.require, tool.deny_if, tool.approve_if]) {
    for (const { conditions } of rules) for (const { op, value } of conditions) if (op === 'regex') size += compile(value as string).size;
  }
  return { compile, charactersMax: Math.floor(PATTERN_WORK_MAX / Math.max(size, 1)) };
}
