/**
 * Characters that a reader does not see, or that move what he sees: controls, format characters (zero width, bidirectional, soft hyphen,
 * tags, variation selectors), separators other than the plain space, letters that have no shape, private use and unassigned ones.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u{115F}\u{1160}\u{3164}\u{FFA0}\u{034F}\u{17B4}\u{17B5}\u{2800}\u{180B}-\u{180F}\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]|(?! )\p{Zs}/gu;

/** A text in which every invisible character is spelled `⟨U+200B⟩`; a line break stays one unless `oneLine`. */
export function visible(text: string, oneLine = false): string {
  return text.replace(INVISIBLE, (found) => {
    if (found === '\n' && !oneLine) return found;
    const code = found.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

/** How many characters of a text a reader would not see, line breaks and tabs aside: instructions can hide in them. */
export function invisibleCount(text: string): number {
  return [...text.matchAll(INVISIBLE)].filter(([found]) => !'\n\r\t'.includes(found)).length;
}
