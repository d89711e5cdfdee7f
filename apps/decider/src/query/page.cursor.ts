import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** 256 partitions and their offsets fit. */
export const TOKEN_LENGTH_MAX = 8_192;
const MAC_BYTES = 16;

const payload = z.strictObject({
  /** The sort keys of the last row of the page before. */
  k: z.array(z.union([z.string(), z.number()])).max(8),
  /** Where the partitions stood when the first page was made. */
  b: z.array(z.int().nonnegative()).max(1_024).optional(),
});

export interface Cursor {
  readonly keys: readonly (string | number)[];
  readonly bounds: readonly number[] | undefined;
}

/** What a list is: the token of one continues no other. `organisation` is the credential's. */
export interface ListIdentity {
  readonly method: string;
  readonly organisation: string;
  /** Everything in the request that decides which rows there are, and their order. */
  readonly filters: unknown;
}

/** Makes page tokens that nobody else can make, and reads its own. The same key on every node and after every restart. */
export class PageCursors {
  /** `mac`: a keyed digest, hex. */
  constructor(private readonly mac: (data: string) => string) {}

  write(list: ListIdentity, { keys, bounds }: Cursor): string {
    const body = Buffer.from(JSON.stringify({ k: keys, ...(bounds && { b: bounds }) })).toString('base64url');
    return `${body}.${this.#seal(list, body).toString('base64url')}`;
  }

  /** undefined for what is no token of this list. */
  read(list: ListIdentity, token: string): Cursor | undefined {
    const [body, seal, ...others] = token.length > TOKEN_LENGTH_MAX ? [] : token.split('.');
    if (body === undefined || seal === undefined || others.length > 0) return undefined;
    const given = Buffer.from(seal, 'base64url');
    if (given.length !== MAC_BYTES || given.toString('base64url') !== seal || !timingSafeEqual(given, this.#seal(list, body))) return undefined;
    const parsed = payload.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    return parsed.success ? { keys: parsed.data.k, bounds: parsed.data.b } : undefined;
  }

  #seal({ method, organisation, filters }: ListIdentity, body: string): Buffer {
    const list = createHash('sha256').update(JSON.stringify([method, organisation, filters])).digest('hex');
    return Buffer.from(this.mac(`docket page token v1\0${list}\0${body}`), 'hex').subarray(0, MAC_BYTES);
  }
}
