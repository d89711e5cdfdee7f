import { DocketError } from '#errors';
import { Secret } from '#platform';
import type { LiveTokens } from './live-tokens.js';

export interface TokenScannerOptions {
  readonly live: LiveTokens;
  /** Keyed fingerprint of a text, as the log has them of tokens. */
  readonly fingerprint: (tenant: string, text: Secret) => Promise<string>;
}

export interface Masked {
  readonly texts: string[];
  readonly masked: number;
}

const MASK = '***';
/** All texts of one call. */
const CHARS_MAX = 4 * 1024 * 1024;
/** As long as tokens are, of the characters they are made of. */
const WORD = /[A-Za-z0-9._~+/=%-]{16,}/g;
const WORD_CHARS_MIN = 16;
const CANDIDATES_MAX = 50_000;
/** Others shall have their turn meanwhile. */
const YIELD_EVERY = 500;

/**
 * Masks tokens that are good now in texts that go to agents: results and errors of tools. By value, in every usual spelling, where the
 * token went through this process; by keyed fingerprint, plain or URL-encoded or in base64 or hex, where it did not.
 */
export class TokenScanner {
  readonly #o: TokenScannerOptions;

  constructor(options: TokenScannerOptions) {
    this.#o = options;
  }

  /** Rejects with resource_exhausted rather than look at less than all. */
  async mask(tenant: string, texts: readonly string[]): Promise<Masked> {
    if (texts.reduce((sum, { length }) => sum + length, 0) > CHARS_MAX) {
      throw new DocketError('invalid_argument', { reason: 'TEXTS_TOO_LARGE', message: `the texts have more than ${CHARS_MAX} characters together` });
    }
    let masked = 0;
    const done: string[] = [];
    const budget = { left: CANDIDATES_MAX };
    for (const text of texts) {
      const byValue = this.#o.live.find(text);
      const clean = replaced(text, byValue);
      const byPrint = this.#o.live.hasFingerprints(tenant) ? await this.#findWords(tenant, clean, budget) : [];
      masked += byValue.length + byPrint.length;
      done.push(replaced(clean, byPrint));
    }
    return { texts: done, masked };
  }

  async #findWords(tenant: string, text: string, budget: { left: number }): Promise<(readonly [number, number])[]> {
    const found: (readonly [number, number])[] = [];
    for (const match of text.matchAll(WORD)) {
      for (const { value, from, to } of candidatesIn(match[0])) {
        budget.left -= 1;
        if (budget.left < 0) throw new DocketError('resource_exhausted', { reason: 'TEXTS_TOO_LARGE', message: 'the texts have too many words that may be tokens: send fewer at a time' });
        if (budget.left % YIELD_EVERY === 0) await new Promise<void>((resolve) => setImmediate(resolve));
        if (!this.#o.live.isLive(tenant, await this.#o.fingerprint(tenant, new Secret(value)))) continue;
        found.push([match.index + from, match.index + to]);
        break;
      }
    }
    return found;
  }
}

interface Candidate {
  readonly value: string;
  readonly from: number;
  readonly to: number;
}

/** What of a word may be a token: all of it, a part between `=`, `/` or `%`-signs, or what it is an encoding of. */
function candidatesIn(word: string): Candidate[] {
  const whole = { from: 0, to: word.length };
  const trimmed = word.replace(/[.=%]+$/, '');
  const found: Candidate[] = [{ value: word, ...whole }, { value: trimmed, from: 0, to: trimmed.length }];
  for (const { 0: part, index } of word.matchAll(/[^=/]+/g)) if (part.length >= WORD_CHARS_MIN) found.push({ value: part, from: index, to: index + part.length });
  // After the first sign of equality the rest may have signs of its own: `access_token=eyJ…==`.
  const equals = word.indexOf('=');
  if (equals > 0 && word.length - equals > WORD_CHARS_MIN) found.push({ value: word.slice(equals + 1), from: equals + 1, to: word.length });
  const decoded = [percentDecoded(word), /^[0-9a-fA-F]+$/.test(word) && word.length % 2 === 0 ? Buffer.from(word, 'hex').toString('latin1') : '', Buffer.from(trimmed, 'base64').toString('latin1')];
  for (const value of decoded) if (value.length >= WORD_CHARS_MIN / 2 && /^[\x21-\x7e]+$/.test(value)) found.push({ value, ...whole });
  return [...new Map(found.map((one) => [one.value, one])).values()];
}

function percentDecoded(word: string): string {
  if (!word.includes('%')) return '';
  try {
    return decodeURIComponent(word);
  } catch {
    return '';
  }
}

function replaced(text: string, places: readonly (readonly [number, number])[]): string {
  let clean = '';
  let at = 0;
  for (const [from, to] of places) {
    clean += text.slice(at, from) + MASK;
    at = to;
  }
  return at === 0 ? text : clean + text.slice(at);
}
