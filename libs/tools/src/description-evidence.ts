import type { Looked, Say } from './looked.js';
import { MEANINGS, TELLING_WORDS } from './lexicon.js';
import { graver, type RiskClass } from './risk.js';
import { visible } from './visible.js';
import { stems } from './words.js';

/** Descriptions run to pages, and say what other tools are for. */
const CHARS_READ = 600;
const FIRST_WORDS = 12;
const QUOTE_CHARS_MAX = 120;

/** Phrases that say something cannot be put back. */
const FOR_GOOD = /\b(?:permanently (?:delet|remov|eras|destroy)\w*|cannot be undone|can not be undone|can't be undone|irreversibl[ey]|destructive operation)\b/i;
const OVERWRITES = /\b(?:(?:completely|entirely) overwrit\w+|overwrit(?:e|es|ing) (?:the |an |any )?(?:existing|entire|whole))\b/i;
/** Right before a phrase, it means the opposite. */
const NEGATED = /\b(?:not|never|non|without|fails? (?:if|when)|instead of|avoid(?:s|ing)?)[\s-]+(?:\w+\s+){0,2}$/i;

/**
 * What the description says of a tool that is `soFar` of a class: only what raises it. Of one whose name said nothing (undefined): what
 * its first verb says. `isWeighed`: that verb has been weighed against the tool's siblings already.
 */
export function descriptionEvidence({ description }: Looked, soFar: RiskClass | undefined, isWeighed = false): Say[] {
  const read = description.slice(0, CHARS_READ);
  if (soFar === undefined) return firstVerb(read);
  const said: Say[] = [];
  // A text that begins with a grave verb is about what the tool does, whatever it is called.
  const begins = isWeighed ? undefined : firstVerb(read, 1)[0];
  if (begins !== undefined && (begins.riskClass === 'destructive' || begins.riskClass === 'financial')) said.push(begins);
  if (soFar === 'read' || soFar === 'other') return said;
  const forGood = phrase(read, FOR_GOOD);
  if (forGood !== undefined) said.push(say('destructive', forGood, 'says that it cannot be put back'));
  const overwrites = soFar === 'write' ? phrase(read, OVERWRITES) : undefined;
  if (overwrites !== undefined) said.push(say('destructive', overwrites, 'replaces a whole without keeping it'));
  return said;
}

/** Its first verb, and those that are listed with it: `List, create or close a tab` closes. */
function firstVerb(text: string, wordsRead = FIRST_WORDS): Say[] {
  const sentence = text.trim().split(/[.!?\n]/, 1)[0] ?? '';
  let found: { readonly riskClass: RiskClass; readonly word: string } | undefined;
  for (const part of sentence.split(/[^A-Za-z]+/).filter((word) => word !== '').slice(0, wordsRead)) {
    const verb = verbOf(part);
    if (verb !== undefined) found = found === undefined || graver(found.riskClass, verb.riskClass) !== found.riskClass ? verb : found;
    else if (found !== undefined && part !== 'or' && part !== 'and') break;
  }
  return found === undefined ? [] : [say(found.riskClass, sentence, `begins with a verb of the class ${found.riskClass}: ${found.word}`)];
}

function verbOf(word: string): { readonly riskClass: RiskClass; readonly word: string } | undefined {
  for (const stem of stems(word)) {
    if (TELLING_WORDS.has(stem)) return { riskClass: 'read', word: stem };
    const meaning = MEANINGS.get(stem);
    if (meaning !== undefined && !meaning.alsoNoun) return { riskClass: meaning.riskClass, word: stem };
  }
  return undefined;
}

function phrase(text: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(text);
  return found === null || NEGATED.test(text.slice(Math.max(0, found.index - 40), found.index)) ? undefined : found[0];
}

function say(riskClass: RiskClass, quote: string, says: string): Say {
  const shown = visible(quote, true);
  return { riskClass, evidence: { source: 'description', pointer: '/description', quote: shown.length > QUOTE_CHARS_MAX ? `${shown.slice(0, QUOTE_CHARS_MAX).toWellFormed()}…` : shown, says } };
}
