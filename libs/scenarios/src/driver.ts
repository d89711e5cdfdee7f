/** What a case does, one thing after another; a driver does it to something real and says what came of it. */
export type Action =
  | { readonly type: 'publish'; readonly policy: string; readonly text: string }
  | { readonly type: 'grant'; readonly grant: string; readonly policy: string | null; readonly mode: 'enforce' | 'observe'; readonly expiresAtMs: number | undefined }
  | { readonly type: 'attach'; readonly grant: string; readonly policy: string; readonly mode: 'enforce' | 'observe' }
  | { readonly type: 'revoke'; readonly grant: string }
  | CallAction
  | { readonly type: 'settle'; readonly grant: string; readonly callId: string; readonly outcome: 'SUCCEEDED' | 'FAILED' | 'NOT_SENT' | 'UNKNOWN' }
  | { readonly type: 'lookup'; readonly grant: string; readonly callId: string }
  | { readonly type: 'visible'; readonly names: readonly string[] }
  | {
    readonly type: 'approval'; readonly decision: 'approve' | 'deny' | 'withdraw' | 'get';
    /** undefined: an approval of g1 that was never opened. */
    readonly approvalId: string | undefined;
    readonly by: string; readonly comment: string;
  }
  | { readonly type: 'restart' }
  | { readonly type: 'document'; readonly text: string };

export interface CallAction {
  readonly type: 'call';
  readonly grant: string;
  readonly callId: string;
  readonly logicalCallId: string;
  readonly tool: string;
  /** JSON as it goes over the wire; '' for none. */
  readonly argumentsText: string;
  readonly session: string;
  readonly agent: string;
  readonly principal: string;
  /** undefined: not named; the case's own server is called `demo`. */
  readonly server: string | undefined;
  readonly dryRun: boolean;
  /** Subject of the credential that asks. */
  readonly by: string;
  readonly organisation: string;
  /** undefined: the grant is named by its id, without its secret. */
  readonly secret: 'right' | 'wrong' | undefined;
}

/** A limit as an answer shows it; amounts are exact decimals. */
export interface SeenLimit {
  readonly rule: string;
  readonly counter: string;
  readonly limit: string;
  readonly used: string;
  readonly remaining: string;
  readonly resetsAtMs: number;
  readonly refused: boolean;
}

/** What came of an action, of a verdict, a settlement, an approval or an error: what it does not have is left out. */
export interface Outcome {
  readonly verdict?: string;
  readonly wouldBe?: string | null;
  readonly rule?: string;
  readonly message?: string;
  readonly retryAfterMs?: number | null;
  readonly limits?: readonly SeenLimit[];
  readonly replayed?: boolean;
  readonly steps?: readonly string[];
  readonly refunded?: readonly SeenLimit[];
  readonly visible?: Readonly<Record<string, boolean>>;
  readonly approvalId?: string | null;
  readonly approvalExpiresAtMs?: number;
  readonly state?: string;
  readonly approvers?: readonly string[];
  readonly needed?: number;
  /** Kind of the error (libs/errors), its reason and message. */
  readonly error?: string;
  readonly reason?: string;
  /** Of a document. */
  readonly problems?: readonly Note[];
  readonly warnings?: readonly Note[];
  readonly normalised?: string;
}

export interface Note {
  readonly pointer: string;
  readonly message: string;
}

/** Does one action at a time; the clock stands still between them. An error is an outcome, not an exception. */
export interface ScenarioDriver {
  perform(action: Action, nowMs: number): Outcome;
}
