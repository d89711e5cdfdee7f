/**
 * A few lines of protobuf: requests are built once and patched, answers are looked at only as far as needed to count
 * them, so that decoding costs the same little for every peer.
 */
export function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** Steps through the fields of one message. Length-delimited values are at `start`..`end`; a varint is in `value`. */
export class FieldReader {
  number = 0;
  value = 0;
  start = 0;
  end = 0;

  constructor(private readonly bytes: Buffer, private at = 0, private readonly until = bytes.length) {}

  next(): boolean {
    if (this.at >= this.until) return false;
    const tag = this.varint();
    this.number = tag >>> 3;
    switch (tag & 7) {
      case 0: this.value = this.varint(); return true;
      case 1: this.at += 8; return true;
      case 2: {
        const length = this.varint();
        this.start = this.at;
        this.end = this.at += length;
        return true;
      }
      case 5: this.at += 4; return true;
      default: throw new Error(`an answer is not protobuf: wire type ${tag & 7}`);
    }
  }

  inner(): FieldReader {
    return new FieldReader(this.bytes, this.start, this.end);
  }

  private varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error('an answer is cut off');
      value += (byte & 0x7f) * factor;
      if (byte < 128) return value;
    }
  }
}
