import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DocketError } from '#errors';
import { ConfigError, setting } from '../config.js';
import { certificatesIn, describeCertificate, isIssuedBy, whyNoNode } from './certificate.js';

/** The variables by which nodes know each other; every app whose nodes hand calls on has them. */
export const nodesSettings = {
  NODES_CA_FILE: setting.optionalPath(),
  NODES_CERT_FILE: setting.optionalPath(),
  NODES_KEY_FILE: setting.optionalPath(),
} as const;

export interface NodeFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

interface Given {
  readonly NODES_CA_FILE?: string | undefined;
  readonly NODES_CERT_FILE?: string | undefined;
  readonly NODES_KEY_FILE?: string | undefined;
  readonly GRPC_TRANSPORT?: string | undefined;
}

/** Undefined: nodes show each other no certificates. Throws a ConfigError if only some of the three files are named. */
export function nodeFilesOf({ GRPC_TRANSPORT, ...given }: Given): NodeFiles | undefined {
  const { NODES_CA_FILE: caFile, NODES_CERT_FILE: certFile, NODES_KEY_FILE: keyFile } = given;
  if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  if (caFile === undefined || certFile === undefined || keyFile === undefined) {
    const missing = (['NODES_CA_FILE', 'NODES_CERT_FILE', 'NODES_KEY_FILE'] as const).filter((name) => given[name] === undefined);
    throw new ConfigError(missing.map((name) => `${name}: expected, because NODES_CA_FILE, NODES_CERT_FILE and NODES_KEY_FILE belong together`));
  }
  if (GRPC_TRANSPORT === 'standard') throw new ConfigError(['GRPC_TRANSPORT: expected fast, because grpc-js cannot ask for the certificates of NODES_CA_FILE and serve gateways that have none']);
  return { caFile, certFile, keyFile };
}

/** What the three files hold, as TLS takes it. */
export interface NodeMaterial {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly certificate: X509Certificate;
}

/**
 * Reads the files and makes sure that other nodes will accept this one. Throws a DocketError that names the variable, the
 * file, the certificate and what is wrong with it.
 * @param nowMs wall clock, ms since the epoch
 */
export function readNodeFiles({ caFile, certFile, keyFile }: NodeFiles, nowMs: number): NodeMaterial {
  const ca = read('NODES_CA_FILE', caFile);
  const cert = read('NODES_CERT_FILE', certFile);
  const key = read('NODES_KEY_FILE', keyFile);
  const authorities = parsed('NODES_CA_FILE', caFile, ca);
  const chain = parsed('NODES_CERT_FILE', certFile, cert);
  const [certificate] = chain as [X509Certificate];
  const why = whyNoNode(certificate, isIssuedBy(authorities, chain), nowMs);
  if (why !== undefined) throw unusable(`NODES_CERT_FILE (${certFile}): other nodes would refuse the certificate ${describeCertificate(certificate)}: ${why}`);
  const spoilt = authorities.find(({ validTo }) => nowMs >= Date.parse(validTo));
  if (spoilt !== undefined) throw unusable(`NODES_CA_FILE (${caFile}): the authority ${describeCertificate(spoilt)} expired on ${new Date(spoilt.validTo).toISOString()}`);
  if (!isKeyOf(certificate, key)) throw unusable(`NODES_KEY_FILE (${keyFile}): expected the unencrypted PEM key of the certificate ${describeCertificate(certificate)}`);
  return { ca, cert, key, certificate };
}

function read(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw unusable(`${name} (${file}) cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
}

function parsed(name: string, file: string, pem: Buffer): X509Certificate[] {
  try {
    const found = certificatesIn(pem);
    if (found.length > 0) return found;
  } catch { /* Said below. */ }
  throw unusable(`${name} (${file}): expected certificates in PEM`);
}

function isKeyOf(certificate: X509Certificate, key: Buffer): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function unusable(message: string): DocketError {
  return new DocketError('failed_precondition', { reason: 'NODE_CERTIFICATE', message });
}
