/**
 * As much of HPACK (RFC 7541) as a gRPC load generator needs. Requests repeat the same headers, so they are sent once as
 * literals that enter the server's table and then as one byte each, as real gRPC clients do. Responses are decoded fully,
 * because the table has to follow the server's, but Huffman strings only for characters that occur in headers.
 */
export interface Header {
  readonly name: string;
  readonly value: string;
}

const STATIC_TABLE: readonly Header[] = (
  ':authority||:method|GET|:method|POST|:path|/|:path|/index.html|:scheme|http|:scheme|https|:status|200|:status|204|' +
  ':status|206|:status|304|:status|400|:status|404|:status|500|accept-charset||accept-encoding|gzip, deflate|' +
  'accept-language||accept-ranges||accept||access-control-allow-origin||age||allow||authorization||cache-control||' +
  'content-disposition||content-encoding||content-language||content-length||content-location||content-range||' +
  'content-type||cookie||date||etag||expect||expires||from||host||if-match||if-modified-since||if-none-match||if-range||' +
  'if-unmodified-since||last-modified||link||location||max-forwards||proxy-authenticate||proxy-authorization||range||' +
  'referer||refresh||retry-after||server||set-cookie||strict-transport-security||transfer-encoding||user-agent||vary||' +
  'via||www-authenticate|'
)
  .split('|')
  .reduce<Header[]>((table, text, index, all) => (index % 2 ? table : [...table, { name: text, value: all[index + 1] ?? '' }]), []);

/** Characters by code length, in code order: HPACK's Huffman code is canonical, so this is all of it that headers use. */
const HUFFMAN_BY_BITS: readonly (readonly [number, string])[] = [
  [5, '012aceiost'], [6, ' %-./3456789=A_bdfghlmnpru'], [7, ':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz'], [8, '&*,;XZ'],
  [10, '!"()?'], [11, "'+|"], [12, '#>'], [13, '\0$@[]~'], [14, '^}'], [15, '<`{'],
];

const HUFFMAN = new Map<number, string>();
{
  let code = 0;
  let previousBits = 5;
  for (const [bits, characters] of HUFFMAN_BY_BITS) {
    code <<= bits - previousBits;
    previousBits = bits;
    for (const character of characters) HUFFMAN.set((bits << 16) | code++, character);
  }
}

function huffmanDecode(bytes: Buffer): string {
  let text = '';
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = (code << 1) | ((byte >> bit) & 1);
      bits += 1;
      const character = HUFFMAN.get((bits << 16) | code);
      if (character !== undefined) {
        text += character;
        code = 0;
        bits = 0;
      } else if (bits > 15) {
        throw new Error('a response header holds a character that the load generator does not decode');
      }
    }
  }
  return text;
}

const TABLE_BYTES_MAX = 4096;

/** Follows one connection's response headers. */
export class HeaderDecoder {
  private dynamic: Header[] = [];
  private bytes = 0;
  private limit = TABLE_BYTES_MAX;
  private at = 0;

  decode(block: Buffer): Header[] {
    const headers: Header[] = [];
    this.at = 0;
    while (this.at < block.length) {
      const first = block[this.at] ?? 0;
      if (first & 0x80) headers.push(this.entry(this.integer(block, 7)));
      else if (first & 0x40) headers.push(this.remember(this.literal(block, 6)));
      else if (first & 0x20) this.resize(this.integer(block, 5));
      else headers.push(this.literal(block, 4));
    }
    return headers;
  }

  private literal(block: Buffer, prefixBits: number): Header {
    const index = this.integer(block, prefixBits);
    const name = index === 0 ? this.string(block) : this.entry(index).name;
    return { name, value: this.string(block) };
  }

  private entry(index: number): Header {
    const header = index <= 61 ? STATIC_TABLE[index - 1] : this.dynamic[index - 62];
    if (!header) throw new Error(`the response names header ${index}, which is not in the table`);
    return header;
  }

  private remember(header: Header): Header {
    this.dynamic.unshift(header);
    this.bytes += header.name.length + header.value.length + 32;
    this.evict();
    return header;
  }

  private resize(limit: number): void {
    this.limit = limit;
    this.evict();
  }

  private evict(): void {
    while (this.bytes > this.limit) {
      const oldest = this.dynamic.pop();
      if (!oldest) return;
      this.bytes -= oldest.name.length + oldest.value.length + 32;
    }
  }

  private integer(block: Buffer, prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = (block[this.at++] ?? 0) & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      const byte = block[this.at++] ?? 0;
      value += (byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
  }

  private string(block: Buffer): string {
    const huffman = ((block[this.at] ?? 0) & 0x80) !== 0;
    const length = this.integer(block, 7);
    const bytes = block.subarray(this.at, this.at + length);
    this.at += length;
    return huffman ? huffmanDecode(bytes) : bytes.toString('latin1');
  }
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length: number[] = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** The same headers for every request of a connection: `first` fills the server's table, `later` refers to it. */
export function encodeRepeatedHeaders(headers: readonly Header[]): { first: Buffer; later: Buffer } {
  const first = headers.flatMap((header) => [Buffer.from([0x40]), encodeString(header.name), encodeString(header.value)]);
  const later = headers.map((_, index) => 0x80 | (62 + headers.length - 1 - index));
  return { first: Buffer.concat(first), later: Buffer.from(later) };
}
