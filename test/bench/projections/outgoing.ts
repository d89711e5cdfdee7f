import type { Writable } from 'node:stream';

/** 2000-01-01, which PostgreSQL counts from, in ms since the epoch. */
const EPOCH_MS = 946_684_800_000n;
const SIGNATURE = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');

/** Rows of `ledger.record` in the binary form of COPY. */
export class Outgoing {
  readonly #storedAt = Buffer.alloc(12);
  #open = true;

  constructor(private readonly stream: Writable) {
    this.#storedAt.writeInt32BE(8);
    this.#storedAt.writeBigInt64BE((BigInt(Date.now()) - EPOCH_MS) * 1000n, 4);
    this.#open = stream.write(SIGNATURE);
  }

  row(headId: number, offset: number, key: Uint8Array, value: Uint8Array): void {
    const head = Buffer.alloc(22);
    head.writeInt16BE(5);
    head.writeInt32BE(4, 2);
    head.writeInt32BE(headId, 6);
    head.writeInt32BE(8, 10);
    head.writeBigInt64BE(BigInt(offset), 14);
    this.#open = this.stream.write(Buffer.concat([head, this.#storedAt, length(key), key, length(value), value]));
  }

  async drained(): Promise<void> {
    if (!this.#open) await new Promise<void>((resolve) => this.stream.once('drain', () => resolve()));
  }

  end(): void {
    this.stream.end(Buffer.from([0xff, 0xff]));
  }
}

function length(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeInt32BE(bytes.length);
  return out;
}
