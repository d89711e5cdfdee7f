import type { FieldViolation } from '#errors';
import { DocketError } from '#errors';

/** Nodes are spoken to in TLS with these; all PEM. */
export interface TlsOptions {
  /** Authorities that the nodes' certificates are judged by; without them, the system's. */
  readonly rootCertificates?: Uint8Array;
  /** The client's own certificate chain and key, where the nodes ask for one. */
  readonly certificateChain?: Uint8Array;
  readonly privateKey?: Uint8Array;
  /** The nodes' own certificate, where all have the same one: it alone is trusted then, whatever names are in it and whoever issued it. */
  readonly certificate?: Uint8Array;
  /** The name that is looked for in the nodes' certificates instead of their address. */
  readonly serverName?: string;
}

export interface ConnectOptions {
  /** `host:port` of one or more nodes. One is enough: the others are learned from its answers. */
  readonly addresses: readonly string[];
  /** A credential with the role `gateway` (`dk_…`), or what gives the present one: it is asked for every stream and call. */
  readonly credential: string | (() => string);
  /** `true` for TLS with the system's authorities. Default: plaintext. */
  readonly tls?: boolean | TlsOptions;
  /** How long a call may take when it does not say, retries included. Default 2,000. */
  readonly deadlineMs?: number;
  /** Calls that may wait for their verdicts at once; beyond it `decide` refuses with `resource_exhausted`. Default 10,000. */
  readonly callsMax?: number;
  /** The same in bytes of requests. Default 64 MiB. */
  readonly callBytesMax?: number;
  /** A node that owes answers and says nothing for so long is left for another one. Default 750. */
  readonly silenceMs?: number;
  /**
   * Where the owner of a partition is reached from here, by the address that the nodes know it under; undefined: it is not, and whoever is
   * asked hands the call on. Default: under that address. For clients behind address translation.
   */
  readonly ownerAddress?: (address: string) => string | undefined;
}

export type Settings = Required<Omit<ConnectOptions, 'tls' | 'credential'>> & { readonly tls: false | TlsOptions; readonly credential: () => string };

const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;
const ADDRESSES_MAX = 64;

/** Whether this is a `host:port`. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text) && Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535;
}

/** The options with their defaults; throws `invalid_argument` naming every one that is wrong. */
export function readOptions(options: ConnectOptions): Settings {
  const violations: FieldViolation[] = [];
  const { addresses, credential, tls = false } = options;
  if (!Array.isArray(addresses) || addresses.length === 0 || addresses.length > ADDRESSES_MAX) violations.push({ field: 'addresses', description: `expected 1 to ${ADDRESSES_MAX} of the form host:port` });
  else for (const [index, address] of addresses.entries()) if (typeof address !== 'string' || !isAddress(address)) violations.push({ field: `addresses[${index}]`, description: 'expected host:port' });
  if (typeof credential !== 'function' && (typeof credential !== 'string' || credential === '')) violations.push({ field: 'credential', description: 'expected a credential (dk_…) or a function that gives one' });
  const positive = (field: 'deadlineMs' | 'callsMax' | 'callBytesMax' | 'silenceMs', fallback: number): number => {
    const value = options[field] ?? fallback;
    if (!(value > 0 && value <= 2 ** 31 - 1)) violations.push({ field, description: 'expected a number above 0 and below 2^31' });
    return value;
  };
  const numbers = { deadlineMs: positive('deadlineMs', 2_000), callsMax: positive('callsMax', 10_000), callBytesMax: positive('callBytesMax', 64 * 1024 * 1024), silenceMs: positive('silenceMs', 750) };
  if (violations.length > 0) {
    throw new DocketError('invalid_argument', { reason: 'INVALID_OPTIONS', message: `connect: ${violations.map(({ field, description }) => `${field}: ${description}`).join('; ')}`, violations });
  }
  return {
    ...numbers, addresses: [...new Set(addresses)], tls: tls === true ? {} : tls, ownerAddress: options.ownerAddress ?? ((address) => address),
    credential: typeof credential === 'function' ? credential : () => credential,
  };
}
