import { readFileSync } from 'node:fs';
import { credentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { TlsOptions } from '#client';
import { DocketError } from '#errors';
import { pinnedTo } from '#contracts';
import { isLoopback, parseAddress } from '#platform';
import type { McpGatewayConfig } from './config.js';

/** How deciders and token brokers are spoken to: by the client library, and over gRPC. */
export interface DocketChannel {
  readonly tls: boolean | TlsOptions;
  readonly channel: ChannelCredentials;
}

/** Throws a DocketError if a credential would cross a network in clear, or the authority's file cannot be read. */
export function docketChannel({ docket, transport }: Pick<McpGatewayConfig, 'docket' | 'transport'>): DocketChannel {
  if (!docket.tls) {
    const far = [...docket.addresses, docket.tokensAddress].find((address) => !isLoopback(parseAddress(address)?.host ?? ''));
    if (far !== undefined && !transport.allowPlaintext) {
      throw unusable(`the credential would go to ${far} unencrypted; set DOCKET_TLS=true or DOCKET_CA_FILE, or ALLOW_PLAINTEXT=true inside a network that you trust`);
    }
    return { tls: false, channel: credentials.createInsecure() };
  }
  const { certificate } = docket;
  if (certificate !== undefined) return { tls: { certificate }, channel: pinnedTo(certificate) };
  if (docket.caFile === undefined) return { tls: true, channel: credentials.createSsl() };
  try {
    const rootCertificates = readFileSync(docket.caFile);
    return { tls: { rootCertificates }, channel: credentials.createSsl(rootCertificates) };
  } catch (cause) {
    throw unusable(`DOCKET_CA_FILE cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function unusable(message: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'TRANSPORT_SECURITY', message });
}
