import { X509Certificate } from 'node:crypto';

/** Every node's certificate has this DNS name: an authority that also vouches for other things makes no nodes of them. */
export const NODE_DNS_NAME = 'docket-node';

/** The certificates of a PEM file, in order; throws if one cannot be read. */
export function certificatesIn(pem: Buffer): X509Certificate[] {
  const blocks = String(pem).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** A certificate as a person finds it again: whose it is, who issued it, its fingerprint. */
export function describeCertificate(certificate: X509Certificate): string {
  return `"${oneLine(certificate.subject)}" (issued by "${oneLine(certificate.issuer)}", SHA-256 ${certificate.fingerprint256.slice(0, 23)}…)`;
}

/**
 * Why a certificate is not a node's, for a person; undefined if it is one.
 * @param isVouchedFor whether a chain to the nodes' authority was found, expired or not
 * @param nowMs wall clock, ms since the epoch
 */
export function whyNoNode(certificate: X509Certificate, isVouchedFor: boolean, nowMs: number): string | undefined {
  if (nowMs >= Date.parse(certificate.validTo)) return `it expired on ${isoDate(certificate.validTo)}`;
  if (nowMs < Date.parse(certificate.validFrom)) return `it is not valid before ${isoDate(certificate.validFrom)}`;
  if (!isVouchedFor) return 'the authority in NODES_CA_FILE does not vouch for it';
  if (!isNamedNode(certificate)) return `its DNS names are ${certificate.subjectAltName ?? 'none'}, expected ${NODE_DNS_NAME} among them`;
  return undefined;
}

/** Whether the nodes' DNS name is among the certificate's; a common name does not count. */
export function isNamedNode(certificate: X509Certificate): boolean {
  return certificate.checkHost(NODE_DNS_NAME, { subject: 'never', wildcards: false }) !== undefined;
}

/** Whether `authorities` lead to the first of `chain`, through the others of it. Signatures only; dates are looked at elsewhere. */
export function isIssuedBy(authorities: readonly X509Certificate[], [leaf, ...between]: readonly X509Certificate[]): boolean {
  if (leaf === undefined) return false;
  const signs = (issuer: X509Certificate): boolean => leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
  if (authorities.some(signs)) return true;
  return between.some((next, at) => signs(next) && isIssuedBy(authorities, [next, ...between.toSpliced(at, 1)]));
}

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ').slice(0, 200);
}

function isoDate(date: string): string {
  return new Date(date).toISOString();
}
