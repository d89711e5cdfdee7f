import type { Secret } from '#platform';
import { spellingsOf } from './spellings.js';

const CHARS_MAX = 256;
/** As long as keys and tokens are, of the characters they are made of; those with a digit among them are masked. */
const LONG_WORD = /[\w+/=~.-]{16,}/g;

/**
 * A foreign text for an error or a log: without the secrets in any of their usual spellings, without anything that looks
 * like a key or token, on one line and at most 256 characters long.
 */
export function scrub(text: string, secrets: readonly Secret[]): string {
  let clean = text;
  for (const spelling of secrets.flatMap((secret) => spellingsOf(secret.reveal()))) clean = clean.replaceAll(spelling, '***');
  // Cut last: a secret that is cut in two is still most of a secret.
  return clean.replace(LONG_WORD, (word) => (/\d/.test(word) ? '***' : word)).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim().slice(0, CHARS_MAX);
}
