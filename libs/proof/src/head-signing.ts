import type { HeadSigning, Keyring } from '#ledger';
import { writeHeadKeys } from './head-keys.file.js';
import { HeadsSink } from './heads-sink.js';

const CLOSE_WITHIN_MS = 5_000;

export interface HeadsConfig {
  /** Beside the ledger's partitions: a folder, or an http(s) address; undefined: nowhere else. */
  readonly sink: string | undefined;
  readonly sinkToken: { reveal(): string } | undefined;
  readonly everyMs: number;
  /** Where the public keys are written. */
  readonly keysFile: string;
}

export interface OpenHeadSigningOptions {
  readonly config: HeadsConfig;
  readonly keyring: Pick<Keyring, 'headKeys'>;
  /** An operator must see it. */
  readonly onTrouble: (message: string) => void;
  readonly onNotice: (message: string) => void;
}

/** How an app's ledgers sign their heads, and who copies them elsewhere. */
export interface OpenedHeadSigning {
  readonly signing: HeadSigning;
  readonly keyId: string;
  /** Once the ledgers have stopped. */
  close(): Promise<void>;
}

/** Undefined where the keyring has no key to sign with. The public keys are written for everybody to read; that they cannot be is told, and stops nothing. */
export async function openHeadSigning({ config, keyring, onTrouble, onNotice }: OpenHeadSigningOptions): Promise<OpenedHeadSigning | undefined> {
  const keys = keyring.headKeys ?? [];
  const [key] = keys;
  if (key === undefined) return undefined;
  await writeHeadKeys(config.keysFile, keys.map(({ publicKey }) => publicKey)).catch((error: Error) => onTrouble(error.message));
  const sink = config.sink === undefined ? undefined : new HeadsSink({ target: config.sink, token: config.sinkToken?.reveal(), onTrouble, onRecovered: onNotice });
  return {
    signing: { key, everyMs: config.everyMs, ...(sink && { onSigned: (head) => sink.push(head) }) },
    keyId: key.id,
    close: async () => sink?.close(CLOSE_WITHIN_MS),
  };
}
