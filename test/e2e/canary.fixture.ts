import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Longer than what is written by chance, shorter than what is cut. */
const DECODED_MIN = 12;

/** Every way that a marker may be written down: encoded, escaped, taken apart. Each is looked for byte by byte. */
export function needlesOf(marker: string): { readonly spelling: string; readonly bytes: Buffer }[] {
  const bytes = Buffer.from(marker);
  const codes = [...bytes];
  const base64 = [0, 1, 2].map((shift) => {
    // Where it begins within a group of three is not known: what is sure are the groups in the middle.
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(shift === 0 ? 0 : 4, Math.floor((shift + bytes.length) / 3) * 4);
  });
  const texts: [string, string][] = [
    ['as it is', marker],
    ...base64.map((text, shift): [string, string] => [`base64, ${shift} on`, text]),
    ...base64.map((text, shift): [string, string] => [`base64url, ${shift} on`, text.replaceAll('+', '-').replaceAll('/', '_')]),
    ['hex', bytes.toString('hex')], ['hex in capitals', bytes.toString('hex').toUpperCase()],
    ['URL-encoded', [...marker].map((char) => (/[A-Za-z0-9]/.test(char) ? char : `%${char.charCodeAt(0).toString(16)}`)).join('')],
    ['URL-encoded throughout', codes.map((code) => `%${code.toString(16)}`).join('')], ['URL-encoded throughout, capitals', codes.map((code) => `%${code.toString(16).toUpperCase()}`).join('')],
    ['escaped in JSON', [...marker].map((char) => (/[A-Za-z0-9]/.test(char) ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)).join('')],
    ['escaped in JSON throughout', codes.map((code) => `\\u00${code.toString(16)}`).join('')],
    ['an array of bytes', codes.join(',')], ['an array of bytes, spaced', codes.join(', ')], ['a buffer as pg prints it', codes.map((code) => code.toString(16)).join(' ')],
    ['an array of characters', [...marker].map((char) => `"${char}"`).join(',')], ['an array of characters, spaced', [...marker].map((char) => `'${char}'`).join(', ')],
    ['backwards', [...marker].reverse().join('')],
  ];
  const utf16 = Buffer.from(marker, 'utf16le');
  return [...texts.map(([spelling, text]) => ({ spelling, bytes: Buffer.from(text) })), { spelling: 'UTF-16', bytes: utf16 }, { spelling: 'UTF-16, big-endian', bytes: Buffer.from(utf16).swap16() }]
    .filter((needle) => needle.bytes.length >= DECODED_MIN);
}

/** `where: spelling` for each spelling that is found. */
export function hitsIn(where: string, what: Buffer | string, markers: readonly string[]): string[] {
  const bytes = typeof what === 'string' ? Buffer.from(what) : what;
  return markers.flatMap((marker) => needlesOf(marker).filter((needle) => bytes.includes(needle.bytes)).map(({ spelling }) => `${where}: ${marker} ${spelling}`));
}

/** All files below a folder, with what is in them. */
export function* filesIn(folder: string, root = folder): Generator<{ readonly name: string; readonly bytes: Buffer }> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path, root);
    // Sockets and pipes hold nothing; a file may vanish while a server runs.
    else if (entry.isFile() && statSync(path, { throwIfNoEntry: false })) yield { name: relative(root, path), bytes: readFileSync(path) };
  }
}
