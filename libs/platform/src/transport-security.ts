import { readFileSync } from 'node:fs';
import { ServerCredentials } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { isLoopback, parseAddress } from './address.js';
import type { Logger } from './logger.js';

export interface TransportSecurityOptions {
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly allowPlaintext: boolean;
}

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Certificate and key if both files are given; undefined without TLS. Throws a DocketError naming what is missing. */
export function readTls(options: TransportSecurityOptions): TlsFiles | undefined {
  const { tlsCertFile, tlsKeyFile } = options;
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) {
    throw unusable('TLS_CERT_FILE and TLS_KEY_FILE belong together: only one of them is set');
  }
  try {
    return { cert: readFileSync(tlsCertFile), key: readFileSync(tlsKeyFile) };
  } catch (cause) {
    throw unusable(`the TLS certificate or key cannot be read: ${(cause as Error).message}`);
  }
}

/**
 * Refuses a listener that others can reach without TLS: credentials and arguments would cross the network in clear.
 * `name` is the environment variable that says where to listen.
 */
export function assertReachSafely(name: string, address: string, options: TransportSecurityOptions, logger: Logger): void {
  const host = parseAddress(address)?.host ?? '';
  if (isLoopback(host) || options.tlsCertFile !== undefined) return;
  if (!options.allowPlaintext) {
    throw unusable(`${name}=${address} can be reached from other machines without TLS; set TLS_CERT_FILE and TLS_KEY_FILE, or ALLOW_PLAINTEXT=true inside a network that you trust`);
  }
  logger.warn({ listener: name, address }, 'listening without TLS on an address that other machines can reach, because ALLOW_PLAINTEXT=true');
}

/** Warns where nodes reach each other over a network and cannot tell one another from strangers. `address`: where they reach this one. */
export function warnOfUnprovenNodes(address: string, logger: Logger): void {
  if (isLoopback(parseAddress(address)?.host ?? '')) return;
  logger.warn({ address }, 'nodes hand calls on without showing each other certificates; set NODES_CA_FILE, NODES_CERT_FILE and NODES_KEY_FILE');
}

/** Server credentials for gRPC; without TLS files they are plaintext. */
export function grpcServerCredentials(tls: TlsFiles | undefined): ServerCredentials {
  return tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
}

function unusable(message: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'TRANSPORT_SECURITY', message });
}
