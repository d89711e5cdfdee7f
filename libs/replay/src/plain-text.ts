/** Reads JSON that was written by our own encoder: by hand, from one known place to the next. Positions below zero: it is not that. */
const QUOTE = 34;
const BACKSLASH = 92;

/** Where the text that begins at `from` ends, if it is written as it is: printable ASCII without escapes. */
export function plainEnd(json: string, from: number): number {
  for (let at = from; ; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) return at;
    // NaN, behind the end, is none of these either.
    if (!(unit >= 32 && unit <= 126) || unit === BACKSLASH) return -1;
  }
}

const TIME_LENGTH = 24;
const DAY_LENGTH = 10;
let day = '';
let dayMs = 0;

/** The time of `2026-11-23T10:00:30.000Z` at this place, ms since the epoch; −1 for any other spelling. */
export function timeAt(json: string, from: number): number {
  const text = json.slice(from, from + DAY_LENGTH);
  if (text !== day) {
    const ms = Date.parse(`${text}T00:00:00.000Z`);
    if (!Number.isFinite(ms) || ms < 0 || new Date(ms).toISOString().slice(0, DAY_LENGTH) !== text) return -1;
    // Not the slice itself, which would keep the whole record.
    day = new Date(ms).toISOString().slice(0, DAY_LENGTH);
    dayMs = ms;
  }
  const hours = twoDigits(json, from + 11);
  const minutes = twoDigits(json, from + 14);
  const seconds = twoDigits(json, from + 17);
  const tenths = twoDigits(json, from + 20);
  const last = json.charCodeAt(from + 22) - 48;
  const isSpelled = json.charCodeAt(from + 10) === 84 && json.charCodeAt(from + 13) === 58 && json.charCodeAt(from + 16) === 58 && json.charCodeAt(from + 19) === 46 && json.charCodeAt(from + 23) === 90;
  const isInRange = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds < 60 && tenths >= 0 && last >= 0 && last <= 9;
  return isSpelled && isInRange ? dayMs + hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + tenths * 10 + last : -1;
}

export const TIME_TEXT_LENGTH = TIME_LENGTH;

function twoDigits(json: string, at: number): number {
  const tens = json.charCodeAt(at) - 48;
  const ones = json.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

const quotedTexts = new Map<string, string>();
const QUOTED_MAX = 20_000;

/** `JSON.stringify`, remembered: counters and rules come again and again. */
export function quoted(text: string): string {
  const known = quotedTexts.get(text);
  if (known !== undefined) return known;
  if (quotedTexts.size >= QUOTED_MAX) quotedTexts.clear();
  const written = JSON.stringify(text);
  quotedTexts.set(text, written);
  return written;
}
