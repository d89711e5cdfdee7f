/** Up to here the engine's own search is faster, whatever the two texts are. */
const PLAIN_WORK_MAX = 1_000_000;

/**
 * A search for a text in others that is linear in them: the engine's own takes the product of both lengths at worst
 * (Knuth, Morris and Pratt for what is long enough to matter).
 */
export function substringSearch(needle: string): (text: string) => boolean {
  let borders: Int32Array | undefined;
  return (text) => {
    if (text.length * needle.length <= PLAIN_WORK_MAX) return text.includes(needle);
    borders ??= bordersOf(needle);
    return search(text, needle, borders);
  };
}

/** For each prefix of the needle, the length of its longest proper prefix that it also ends with. */
function bordersOf(needle: string): Int32Array {
  const borders = new Int32Array(needle.length);
  for (let i = 1, length = 0; i < needle.length; i++) {
    const unit = needle.charCodeAt(i);
    while (length > 0 && needle.charCodeAt(length) !== unit) length = borders[length - 1] as number;
    if (needle.charCodeAt(length) === unit) length++;
    borders[i] = length;
  }
  return borders;
}

function search(text: string, needle: string, borders: Int32Array): boolean {
  for (let i = 0, length = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    while (length > 0 && needle.charCodeAt(length) !== unit) length = borders[length - 1] as number;
    if (needle.charCodeAt(length) === unit) length++;
    if (length === needle.length) return true;
  }
  return false;
}
