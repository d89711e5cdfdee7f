import { webcrypto } from 'node:crypto';
import type * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3_600_000;
/** For clocks that are a little apart. */
const EARLIER_MS = 5 * 60_000;
/** Kept by calendars of all systems, and longer than anybody leaves `npm run cluster` running. */
const DAYS = 365;

/** A certificate and its key, PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** An authority that lives as long as the process: its key is written nowhere. */
export class CertificateAuthority {
  private constructor(private readonly lib: typeof x509, private readonly certificate: x509.X509Certificate, private readonly keys: CryptoKeyPair) {}

  static async create(commonName: string): Promise<CertificateAuthority> {
    // Only who makes certificates waits for it; it finds its parts by decorators' metadata.
    await import('reflect-metadata');
    const lib = await import('@peculiar/x509');
    lib.cryptoProvider.set(webcrypto as never);
    const keys = await generateKeys();
    const certificate = await lib.X509CertificateGenerator.createSelfSigned({
      ...validity(), serialNumber: serial(), name: [{ CN: [commonName] }], keys: keys as never, signingAlgorithm: ALGORITHM,
      extensions: [new lib.BasicConstraintsExtension(true, undefined, true), new lib.KeyUsagesExtension(lib.KeyUsageFlags.keyCertSign | lib.KeyUsageFlags.cRLSign, true)],
    });
    return new CertificateAuthority(lib, certificate, keys);
  }

  /** The authority's own certificate, PEM. */
  get pem(): string {
    return `${this.certificate.toString('pem')}\n`;
  }

  /** A certificate for a server that is also a client of its like. */
  async issue({ commonName, dnsNames, notBefore, notAfter }: IssueOptions): Promise<Issued> {
    const { lib } = this;
    const keys = await generateKeys();
    const certificate = await lib.X509CertificateGenerator.create({
      ...validity(), ...(notBefore && { notBefore }), ...(notAfter && { notAfter }),
      serialNumber: serial(), subject: [{ CN: [commonName] }], issuer: this.certificate.subject, publicKey: keys.publicKey as never, signingKey: this.keys.privateKey as never, signingAlgorithm: ALGORITHM,
      extensions: [
        new lib.BasicConstraintsExtension(false, undefined, true), new lib.KeyUsagesExtension(lib.KeyUsageFlags.digitalSignature, true),
        new lib.ExtendedKeyUsageExtension([lib.ExtendedKeyUsage.serverAuth, lib.ExtendedKeyUsage.clientAuth]),
        ...(dnsNames.length > 0 ? [new lib.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value })))] : []),
      ],
    });
    const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey as never)).toString('base64').replace(/.{64}(?=.)/g, '$&\n');
    return { cert: `${certificate.toString('pem')}\n`, key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
  }
}

interface CryptoKeyPair {
  readonly publicKey: object;
  readonly privateKey: object;
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - EARLIER_MS), notAfter: new Date(Date.now() + DAYS * DAY_MS) };
}

/** Positive, and different for each: the first byte leaves the sign alone. */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
