/** The call's arguments as the log may keep them: values sealed, keys and the keyed digest in clear. */
export interface SealedArguments {
  /** Top-level keys, sorted. */
  readonly keys: readonly string[];
  /** HMAC-SHA-256 of the canonical arguments under the grant's key, hex. */
  readonly hmac: string;
  /** AES-256-GCM under the grant's key: base64 of nonce (12) ‖ ciphertext ‖ tag (16). */
  readonly sealed: string;
}

/** Who asks: from the credential, never from the request. */
export interface Caller {
  readonly subject: string;
  readonly organisation: string;
  /** Servers the credential is for; empty means all of its organisation's. */
  readonly server_ids: readonly string[];
}

/** Structurally the ledger's `Position`; pure libs do not import the ledger. */
export interface EventPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly hash: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly timeMs: number;
}
