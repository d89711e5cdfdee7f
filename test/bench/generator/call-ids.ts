import { randomBytes } from 'node:crypto';

export const CALL_ID_LENGTH = 36;
const HEX = '0123456789abcdef';

/**
 * Unique UUIDs of version 7, written as text into a message that is already encoded: real time in front, then randomness of
 * this process, then a counter that also finds the call again when its answer comes (`indexOf`).
 */
export class CallIds {
  private count = 0;
  private readonly template: string;

  constructor() {
    const random = randomBytes(6).toString('hex');
    // xxxxxxxx-xxxx-7rrr-8rrr-rrrrcccccccc
    this.template = `00000000-0000-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 10)}00000000`;
  }

  /** Writes the next id at `at` and returns its index. */
  write(into: Buffer, at: number): number {
    const index = this.count++;
    into.write(this.template, at, 'latin1');
    let time = Date.now();
    for (let digit = 12; digit >= 0; digit--) {
      if (digit === 8) continue;
      into[at + digit] = HEX.charCodeAt(time % 16);
      time = Math.floor(time / 16);
    }
    for (let digit = 35, rest = index; rest > 0; digit--, rest >>>= 4) into[at + digit] = HEX.charCodeAt(rest & 15);
    return index;
  }

  static indexOf(bytes: Buffer, at: number): number {
    let index = 0;
    for (let digit = at + 28; digit < at + CALL_ID_LENGTH; digit++) {
      const code = bytes[digit] as number;
      index = index * 16 + (code < 58 ? code - 48 : code - 87);
    }
    return index;
  }
}
