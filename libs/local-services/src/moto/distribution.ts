import { pythonFolder, whyNoPython } from '../python/packages.js';
import type { PythonPackages } from '../python/packages.js';

/** moto stands in for AWS in tests. */
export const MOTO_VERSION = '5.2.5';
/** Its KMS and what its server needs (110 MB, a minute); the extra `server` brings all of AWS, three times the size. */
const MOTO: PythonPackages = { name: `moto-${MOTO_VERSION}`, packages: [`moto[kms]==${MOTO_VERSION}`, 'flask>=3,<4', 'flask-cors>=5,<7'] };

/** Why moto cannot be started here, or undefined if it can. Looks, downloads nothing. */
export function whyNoMoto(): string | undefined {
  return whyNoPython(MOTO);
}

/** The folder of moto's Python packages, fetched with pip the first time. */
export function motoFolder(): Promise<string> {
  return pythonFolder(MOTO);
}
