import { ConnectionError, ERROR } from './frames.js';
import { headerField } from './header-field.js';
import type { HeaderField } from './header-field.js';
import { HeaderTable } from './header-table.js';
import { huffmanText } from './huffman.js';

const INTEGER_MAX = 2 ** 24;

/** A decoded header block. A list over the bound is cut there; the table still follows the whole of it. */
export interface HeaderList {
  readonly fields: readonly HeaderField[];
  readonly isTooLarge: boolean;
}

/** Decodes the header blocks of one connection, in their order (HPACK, RFC 7541). Throws ConnectionError. */
export class HeaderDecoder {
  readonly #listBytesMax: number;
  readonly #table = new HeaderTable();
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** `listBytesMax` counts as SETTINGS_MAX_HEADER_LIST_SIZE does: names, values, and 32 for each field. */
  constructor(listBytesMax: number) {
    this.#listBytesMax = listBytesMax;
  }

  decode(block: Buffer): HeaderList {
    this.#block = block;
    this.#at = 0;
    const fields: HeaderField[] = [];
    let bytes = 0;
    let mayResize = true;
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      if ((first & 0xe0) === 0x20) {
        if (!mayResize) throw malformed('changes the size of the table in its middle');
        this.#table.resize(this.#integer(0x1f));
        continue;
      }
      mayResize = false;
      const field = this.#field(first);
      bytes += field.listBytes;
      if (bytes <= this.#listBytesMax) fields.push(field);
    }
    return { fields, isTooLarge: bytes > this.#listBytesMax };
  }

  #field(first: number): HeaderField {
    if ((first & 0x80) !== 0) return this.#table.at(this.#integer(0x7f));
    const isRemembered = (first & 0x40) !== 0;
    const index = this.#integer(isRemembered ? 0x3f : 0x0f);
    const name = index === 0 ? this.#text() : this.#table.at(index).name;
    const field = headerField(name, this.#text());
    if (isRemembered) this.#table.add(field);
    return field;
  }

  #integer(mask: number): number {
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (value > INTEGER_MAX || factor > INTEGER_MAX) throw malformed('holds a number beyond all bounds');
      if (byte < 0x80) return value;
    }
  }

  #text(): string {
    const isHuffman = (this.#block[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#block.length) throw malformed('ends within a text');
    return isHuffman ? huffmanText(this.#block, start, this.#at) : this.#block.toString('latin1', start, this.#at);
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw malformed('ends too early');
    return byte;
  }
}

function malformed(what: string): ConnectionError {
  return new ConnectionError(ERROR.COMPRESSION_ERROR, `a header block ${what}`);
}
