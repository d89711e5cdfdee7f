/** A header block's fields, none of them remembered by the peer. Names are lower case, values ASCII. */
export function literalFields(headers: Readonly<Record<string, string | readonly string[]>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(headers)) {
    for (const one of typeof value === 'string' ? [value] : value) parts.push(LITERAL, text(name), text(one));
  }
  return Buffer.concat(parts);
}

/** Fields that the peer adds to its table, for `indexedField` later. */
export function rememberedFields(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(Object.entries(headers).flatMap(([name, value]) => [REMEMBERED, text(name), text(value)]));
}

/** A field by its number in the peer's table. */
export function indexedField(index: number): number {
  return 0x80 | index;
}

/** At the beginning of a block: the peer forgets its table. */
export const FORGET_TABLE = Buffer.from([0x20]);

/** The first field that was remembered last; those before it have higher numbers. */
export const NEWEST_INDEX = 62;

const LITERAL = Buffer.from([0x00]);
const REMEMBERED = Buffer.from([0x40]);

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([length(bytes.length), bytes]);
}

function length(value: number): Buffer {
  if (value < 0x7f) return Buffer.from([value]);
  const bytes = [0x7f];
  let rest = value - 0x7f;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
