import type { Limit } from './policy.js';

/** A limit and where it stands in the document as it was written. */
export interface WrittenLimit {
  readonly limit: Limit;
  readonly pointer: string;
}

/** Where the parts of a policy stand in the document as it was written: for problems and lint. */
export class Written {
  readonly limits: WrittenLimit[] = [];
  private readonly pointers = new Map<object, string>();

  /** A tool, a rule or a condition; the first place counts. */
  place<T extends object>(part: T, pointer: string): T {
    if (!this.pointers.has(part)) this.pointers.set(part, pointer);
    return part;
  }

  limit(limit: Limit, pointer: string): Limit {
    this.limits.push({ limit, pointer });
    return this.place(limit, pointer);
  }

  pointerOf(part: object): string {
    return this.pointers.get(part) ?? '';
  }
}
