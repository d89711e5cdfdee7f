import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { credentials, type ChannelCredentials } from '@grpc/grpc-js';

/** TLS to servers that have this certificate (PEM; of a chain the first): it alone is trusted, whatever names are in it and whoever issued it. */
export function pinnedTo(certificate: Uint8Array): ChannelCredentials {
  const ca = new X509Certificate(certificate).toString();
  return credentials.createFromSecureContext(createSecureContext({ ca, allowPartialTrustChain: true }), { checkServerIdentity: () => undefined });
}
