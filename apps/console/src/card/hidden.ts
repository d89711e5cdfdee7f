import { visible } from '#tools';

/** A part of a text: shown as it is, or a character that nobody would see, spelled out. */
export interface Segment {
  readonly text: string;
  readonly isHidden: boolean;
}

/** The first `charactersMax` characters of a text, with every invisible one spelled out (`⟨U+202E⟩`); a line break is one, and spelled out, too. */
export function segmentsOf(text: string, charactersMax: number): Segment[] {
  const segments: Segment[] = [];
  const add = (part: string, isHidden: boolean): void => {
    const last = segments.at(-1);
    if (last?.isHidden === isHidden && !isHidden) segments[segments.length - 1] = { text: last.text + part, isHidden };
    else segments.push({ text: part, isHidden });
  };
  let count = 0;
  // Half a surrogate pair at the end would be no text.
  for (const character of text.slice(0, charactersMax * 2)) {
    if (count === charactersMax) break;
    count += 1;
    const shown = visible(character, true);
    if (shown === character) add(character, false);
    else add(shown, true);
    if (character === '\n') add('\n', false);
  }
  return segments;
}

/** Whether `segmentsOf` leaves something out. */
export function isLonger(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false;
  let count = 0;
  for (const _ of text.slice(0, charactersMax * 2 + 2)) {
    count += 1;
    if (count > charactersMax) return true;
  }
  return false;
}

/** One line for a title: shortened, invisible characters spelled out. */
export function plainLine(text: string, charactersMax = 120): string {
  const line = segmentsOf(text, charactersMax).filter(({ text: part }) => part !== '\n').map(({ text: part }) => part).join('').replaceAll('\n', ' ');
  return isLonger(text, charactersMax) ? `${line}…` : line;
}
