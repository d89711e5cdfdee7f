import type { ExactJson } from '#policy';
import { ADDERS, MONEY_THINGS } from './lexicon.js';
import type { Evidence, RiskClass } from './risk.js';

/** A step's say: a class that the tool has at least, and why. */
export interface Say {
  readonly riskClass: RiskClass;
  readonly evidence: Evidence;
}

/** What the steps look at. */
export interface Looked {
  /** Of the name, without the one that all of the server's tools begin with. */
  readonly words: readonly string[];
  readonly description: string;
  /** Top-level arguments, by name. */
  readonly args: ReadonlyMap<string, ExactJson>;
  readonly siblings: Siblings;
}

/** What else there is on the server. */
export interface Siblings {
  /** Names without the verb that adds: what can be put back. */
  readonly added: ReadonlySet<string>;
  /** More than one tool is about money. */
  readonly aboutMoney: boolean;
  /** Some tools that change something are annotated as destructive, others as not. */
  readonly tellsDestructiveApart: boolean;
}

/** `hints`: `destructiveHint` of the tools that are not annotated as read-only. */
export function siblingsOf(names: readonly (readonly string[])[], hints: readonly (boolean | undefined)[]): Siblings {
  const added = new Set<string>();
  for (const words of names) {
    const at = words.findIndex((word) => ADDERS.has(word));
    if (at >= 0) added.add(restOf(words, at));
  }
  return {
    added, tellsDestructiveApart: hints.includes(true) && hints.includes(false),
    aboutMoney: names.filter((words) => words.some((word) => MONEY_THINGS.has(word))).length > 1,
  };
}

/** A name's words without one of them. */
export function restOf(words: readonly string[], at: number): string {
  return words.filter((_word, index) => index !== at).join(' ');
}
