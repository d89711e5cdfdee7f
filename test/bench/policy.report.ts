import type { run } from 'mitata';

type Report = Pick<NonNullable<Parameters<typeof run>[0]>, 'colors' | 'format'>;

/** Colours and histograms for people at a terminal, where they want any; plain tables for files and other programs. */
export function reportFor({ isTTY }: { readonly isTTY?: boolean }): Report {
  return isTTY === true ? {} : { colors: false, format: 'markdown' };
}
