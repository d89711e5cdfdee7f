import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { holdsArchive } from '#archive';
import { CliError } from './cli-error.js';
import { readCredentials, type Credentials } from './credentials.file.js';

export type RoleName = 'gateway' | 'admin' | 'approver' | 'auditor';

export interface ConnectionOptions {
  readonly dataDir?: string;
  readonly address?: string;
  readonly tls?: boolean;
  readonly ca?: string;
  readonly plaintext?: boolean;
  readonly timeout?: number;
}

export interface KeyEncryptionKeys {
  readonly file: string;
  readonly isFileNamed: boolean;
  readonly kek?: string;
  readonly kekFile?: string;
  readonly kms?: { readonly keyId: string; readonly endpoint?: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the service is and what opens it: options first, then the environment, then the credentials file of the data folder. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #environment: Environment;
  readonly #cwd: string;
  #file: Credentials | undefined | null = null;

  constructor(options: ConnectionOptions, environment: Environment, cwd: string) {
    this.#options = options;
    this.#environment = environment;
    this.#cwd = cwd;
  }

  /** Of deciders, any of which answers. */
  get addresses(): readonly string[] {
    const given = this.#options.address ?? this.#setting('DOCKET_ADDRESS');
    if (given !== undefined) return listed(given);
    const { grpc, deciders = [] } = this.#needFile('an --address');
    if (grpc === undefined) throw new CliError(`${this.#fileName()} names no gRPC address: give --address`);
    return [...new Set([grpc, ...deciders])].map(checked);
  }

  /** The token broker's, which has a listener of its own. */
  get tokensAddresses(): readonly string[] {
    const found = this.#options.address ?? this.#setting('DOCKET_TOKENS_ADDRESS') ?? this.#needFile('an --address').tokens;
    if (found === undefined) throw new CliError(`${this.#fileName()} names no token broker: give its --address`);
    return listed(found);
  }

  /** Of the token broker beside the decider that is asked; undefined: none is known. */
  get tokensBeside(): readonly string[] | undefined {
    const named = this.#setting('DOCKET_TOKENS_ADDRESS');
    // The file may be about another Docket than the one that was named.
    const isElsewhere = this.#options.address !== undefined || this.#setting('DOCKET_ADDRESS') !== undefined;
    const found = named ?? (isElsewhere ? undefined : this.#read()?.tokens);
    return found === undefined ? undefined : listed(found);
  }

  get timeoutMs(): number {
    return this.#options.timeout ?? 10_000;
  }

  get ca(): Buffer | undefined {
    const { ca } = this.#options;
    if (ca === undefined) return undefined;
    try {
      return readFileSync(resolve(this.#cwd, ca));
    } catch (error) {
      throw new CliError(`--ca ${ca}: ${(error as NodeJS.ErrnoException).code ?? 'it cannot be read'}`);
    }
  }

  /** A credential goes out unencrypted only to this machine, unless that is asked for. */
  tlsTo(address: string): boolean {
    const { tls, ca, plaintext } = this.#options;
    if (tls || ca !== undefined) return true;
    const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    if (!plaintext && !/^(127\.\d+\.\d+\.\d+|localhost|::1)$/.test(host)) {
      throw new CliError(`${address} is another machine: use --tls (with --ca FILE for your own authority), or --plaintext to send the credential unencrypted`);
    }
    return false;
  }

  credential(role: RoleName): string {
    const given = this.#setting('DOCKET_CREDENTIAL');
    if (given !== undefined) return given;
    const found = this.#needFile('DOCKET_CREDENTIAL').credentials[role];
    if (found === undefined) throw new CliError(`${this.#fileName()} has no credential with the role ${role}; set DOCKET_CREDENTIAL`);
    return found;
  }

  /** The demonstration grant or server, when none is named. */
  demo(what: 'grantId' | 'serverId' | 'policyId', option: string): string {
    const found = this.#read()?.demo?.[what];
    if (found === undefined) throw new CliError(`there is no demonstration data in ${this.#fileName()}: give ${option}`);
    return found;
  }

  get database(): string | undefined {
    return this.#setting('DATABASE_URL') ?? this.#read()?.database;
  }

  get kafkaBrokers(): readonly string[] | undefined {
    const given = this.#setting('KAFKA_BROKERS');
    return given === undefined ? this.#read()?.kafka : given.split(',').map((broker) => broker.trim()).filter((broker) => broker !== '');
  }

  /** The file of key-encryption keys; beside the credentials, unless it is named. It may not be there. */
  get keyringFile(): string {
    const named = this.#setting('KEYRING_FILE');
    return named === undefined ? join(dirname(this.#fileName()), 'keyring.json') : resolve(this.#cwd, named);
  }

  /**
   * Where the keys are that wrap the grants' keys, named as for the decider; the keyring file beside the credentials unless
   * something else is named. undefined: nowhere that this command can see.
   */
  get keyEncryptionKeys(): KeyEncryptionKeys | undefined {
    const [named, kek, kekFile, keyId, endpoint] = ['KEYRING_FILE', 'KEK', 'KEK_FILE', 'KMS_KEY_ID', 'KMS_ENDPOINT'].map((name) => this.#setting(name));
    const file = this.keyringFile;
    const other = {
      ...(kek !== undefined && { kek }), ...(kekFile !== undefined && { kekFile: resolve(this.#cwd, kekFile) }),
      ...(keyId !== undefined && { kms: { keyId, ...(endpoint !== undefined && { endpoint }) } }),
    };
    if (named === undefined && Object.keys(other).length === 0 && !existsSync(file)) return undefined;
    return { file, isFileNamed: named !== undefined, ...other };
  }

  /** Archives that are read in place of the log's beginning: those named, or those beside the credentials. */
  get archiveDir(): string | undefined {
    const given = this.#setting('ARCHIVE_DIR');
    if (given !== undefined) return resolve(this.#cwd, given);
    const beside = join(dirname(this.#fileName()), 'archive');
    return holdsArchive(beside) ? beside : undefined;
  }

  /** Where a Docket on this machine writes the public keys of its signed heads. */
  get headKeysFile(): string {
    return join(dirname(this.#fileName()), 'head-keys.pem');
  }

  #setting(name: string): string | undefined {
    const value = this.#environment[name];
    return value === '' ? undefined : value;
  }

  #needFile(instead: string): Credentials {
    const file = this.#read();
    if (file === undefined) throw new CliError(`no ${this.#fileName()}: start Docket here with \`npm start\`, or give --data-dir or ${instead}`);
    return file;
  }

  /** The data folder's own file; that of `npm run cluster` when there is only that one. */
  #fileName(): string {
    const given = this.#setting('CREDENTIALS_FILE');
    if (this.#options.dataDir === undefined && given !== undefined) return resolve(this.#cwd, given);
    const folder = resolve(this.#cwd, this.#options.dataDir ?? this.#setting('DOCKET_DATA_DIR') ?? this.#setting('DATA_DIR') ?? '.docket');
    const own = join(folder, 'credentials.json');
    const cluster = join(folder, 'cluster', 'credentials.json');
    return !existsSync(own) && existsSync(cluster) ? cluster : own;
  }

  #read(): Credentials | undefined {
    if (this.#file !== null) return this.#file;
    const name = this.#fileName();
    if (!existsSync(name)) return (this.#file = undefined);
    return (this.#file = readCredentials(name));
  }
}

/** Several of them are separated by commas. */
function listed(addresses: string): string[] {
  return addresses.split(',').map((address) => checked(address.trim()));
}

function checked(address: string): string {
  const port = Number(/^(?:\[[0-9a-f:.]+\]|[^\s:/[\]]+):(\d{1,5})$/i.exec(address)?.[1]);
  if (!(port >= 1 && port <= 65_535)) throw new CliError(`the address is "${address}", expected host:port, such as 127.0.0.1:7400`);
  return address;
}
