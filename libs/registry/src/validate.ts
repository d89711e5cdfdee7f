import { DocketError, type FieldViolation } from '#errors';

export const ROLES = ['gateway', 'admin', 'approver', 'auditor'] as const;
/** RFC 3339's last millisecond of the year 9999: what a protobuf Timestamp can say. */
export const TIME_MAX_MS = 253_402_300_799_999;
export const TEXT_CHARS_MAX = 256;
export const CREDENTIAL_SERVERS_MAX = 100;
/** The normalised document has the same bound as the one that was sent: it is read again by every decider. */
export const DOCUMENT_CHARS_MAX = 262_144;
/** All documents of a registry together: its owner and every decider hold them in memory. */
export const DOCUMENTS_CHARS_MAX = 200_000_000;

const SLUG = /^[a-z0-9-]{1,63}$/;
const HASH = /^[0-9a-f]{64}$/;
const GRANT_ID = /^[0-9a-f]{32}$/;
const CREDENTIAL_ID = /^[0-9a-f]{16}$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Collects everything that is wrong with a request, so that its author sees all of it at once. */
export class Violations {
  private readonly found: FieldViolation[] = [];

  add(field: string, description: string): this {
    this.found.push({ field, description });
    return this;
  }

  slug(field: string, value: string): this {
    return SLUG.test(value) ? this : this.add(field, 'expected 1 to 63 lower-case letters, digits and dashes');
  }

  hash(field: string, value: string): this {
    return HASH.test(value) ? this : this.add(field, 'expected a SHA-256 as 64 lower-case hex characters');
  }

  grantId(field: string, value: string): this {
    return GRANT_ID.test(value) ? this : this.add(field, 'expected a grant id: 32 lower-case hex characters');
  }

  credentialId(field: string, value: string): this {
    return CREDENTIAL_ID.test(value) ? this : this.add(field, 'expected a credential id: 16 lower-case hex characters');
  }

  /** Free text on one line. */
  text(field: string, value: string, charsMin = 0): this {
    if (value.length < charsMin || value.length > TEXT_CHARS_MAX) {
      this.add(field, `found ${value.length} characters, expected ${charsMin} to ${TEXT_CHARS_MAX}`);
    }
    return CONTROL.test(value) ? this.add(field, 'expected no control characters or line breaks') : this;
  }

  wholeNumber(field: string, value: number, min: number, max: number): this {
    if (Number.isSafeInteger(value) && value >= min && value <= max) return this;
    return this.add(field, `found ${value}, expected a whole number from ${min} to ${max}`);
  }

  /** undefined if nothing is wrong. */
  error(): DocketError | undefined {
    if (this.found.length === 0) return undefined;
    const fields = [...new Set(this.found.map(({ field }) => field))].join(', ');
    return new DocketError('invalid_argument', {
      reason: 'INVALID_REQUEST',
      message: `the request is not valid: ${fields}`,
      violations: this.found,
    });
  }
}
