/**
 * The closed list of error kinds. A denial is data, not an error: an error always means "could not decide" or
 * "could not do it", and a gateway must then fail closed. `libs/platform` holds the one table from kind to gRPC status.
 */
export const ERROR_KINDS = [
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'already_exists',
  'failed_precondition',
  'resource_exhausted',
  'unavailable',
  'deadline_exceeded',
  'data_loss',
  'internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

/** One thing wrong with the request: `field` is a path in it, `description` says what was found and what was expected. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

export interface DocketErrorOptions {
  /** Stable code, UPPER_SNAKE_CASE, for programs; ErrorInfo.reason on the wire. */
  readonly reason: string;
  /** For callers. Never contains argument values, tokens or secrets. */
  readonly message: string;
  /** Small string facts for programs; ErrorInfo.metadata on the wire. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly FieldViolation[];
  /** When trying again may help, in milliseconds from now; RetryInfo on the wire. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The only error type that crosses a lib's door on purpose. */
export class DocketError extends Error {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;

  constructor(kind: ErrorKind, options: DocketErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DocketError';
    this.kind = kind;
    this.reason = options.reason;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}
