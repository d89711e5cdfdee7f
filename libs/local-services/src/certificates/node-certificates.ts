import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateAuthority } from './authority.js';

/** The DNS name by which Docket's nodes know each other's certificates. */
const NODE_DNS_NAME = 'docket-node';

/** Files as the variables of the same names take them. */
export interface NodeCertificateFiles {
  readonly NODES_CA_FILE: string;
  readonly NODES_CERT_FILE: string;
  readonly NODES_KEY_FILE: string;
}

/** Makes an authority of its own for these nodes, and a certificate for each; what lay in the folder before is replaced. */
export async function makeNodeCertificates<const Name extends string>(folder: string, names: readonly Name[]): Promise<Record<Name, NodeCertificateFiles>> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = await CertificateAuthority.create('Docket nodes of this machine');
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.pem, { mode: 0o600 });
  const made = await Promise.all(names.map(async (name) => {
    const { cert, key } = await authority.issue({ commonName: name, dnsNames: [NODE_DNS_NAME] });
    const files = { NODES_CA_FILE: caFile, NODES_CERT_FILE: join(folder, `${name}.pem`), NODES_KEY_FILE: join(folder, `${name}.key.pem`) };
    await writeFile(files.NODES_CERT_FILE, cert, { mode: 0o600 });
    await writeFile(files.NODES_KEY_FILE, key, { mode: 0o600 });
    return [name, files] as const;
  }));
  return Object.fromEntries(made) as Record<Name, NodeCertificateFiles>;
}
