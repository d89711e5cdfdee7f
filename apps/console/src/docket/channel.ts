import { readFileSync } from 'node:fs';
import { credentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { pinnedTo } from '#contracts';
import { DocketError } from '#errors';
import { isLoopback, parseAddress } from '#platform';
import type { ConsoleConfig } from '../config.js';

/** How deciders are spoken to. Throws a DocketError if a credential would cross a network in clear, or the authority's file cannot be read. */
export function deciderChannel({ docket, transport }: Pick<ConsoleConfig, 'docket' | 'transport'>): ChannelCredentials {
  if (!docket.tls) {
    const far = docket.addresses.find((address) => !isLoopback(parseAddress(address)?.host ?? ''));
    if (far === undefined || transport.allowPlaintext) return credentials.createInsecure();
    throw unusable(`credentials would go to ${far} unencrypted; set DOCKET_TLS=true or DOCKET_CA_FILE, or ALLOW_PLAINTEXT=true inside a network that you trust`);
  }
  if (docket.certificate !== undefined) return pinnedTo(docket.certificate);
  if (docket.caFile === undefined) return credentials.createSsl();
  try {
    return credentials.createSsl(readFileSync(docket.caFile));
  } catch (cause) {
    throw unusable(`DOCKET_CA_FILE cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function unusable(message: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'TRANSPORT_SECURITY', message });
}
