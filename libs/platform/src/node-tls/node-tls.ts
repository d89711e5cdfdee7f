import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { DocketError } from '#errors';
import { parseAddress } from '../address.js';
import { describeCertificate, NODE_DNS_NAME, whyNoNode } from './certificate.js';
import { readNodeFiles, type NodeFiles, type NodeMaterial } from './node-files.js';

export interface NodeTlsOptions extends NodeFiles {
  readonly wallMs: () => number;
  /** Told when renewed files cannot be used (the earlier ones stay in use), and when a certificate ends soon. */
  readonly onTrouble?: (message: string) => void;
}

const LOOK_EVERY_MS = 5_000;
const PROBE_MS = 2_000;
const SOON_MS = 3 * 24 * 3_600_000;
/** Client and server names of what is wrong that are not about dates or names. */
const DATES: readonly string[] = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID'];

interface Loaded extends NodeMaterial {
  readonly context: SecureContext;
  readonly channel: ChannelCredentials;
  /** Changes when the files do. */
  readonly stamp: string;
}

/**
 * Mutual TLS between nodes: each shows the others a certificate of the nodes' own authority with the DNS name `docket-node`, as
 * server and as client. Renewed files are taken up while it runs.
 */
export class NodeTls {
  readonly #o: NodeTlsOptions;
  #loaded: Loaded;
  #lookedAtMs: number;
  #refusedStamp = '';

  /** Throws a DocketError that names what is wrong with the files. */
  constructor(options: NodeTlsOptions) {
    this.#o = options;
    this.#loaded = this.#load(this.#stamp());
    this.#lookedAtMs = options.wallMs();
  }

  /** For a server: the certificate that is shown to other nodes, and the authority that theirs are judged by. */
  get serverContext(): SecureContext {
    return this.#current().context;
  }

  /** For a listener's own options: whose certificates are asked for. */
  get material(): NodeMaterial {
    return this.#current();
  }

  /** For a client; another object once the files have changed. */
  get channel(): ChannelCredentials {
    return this.#current().channel;
  }

  /** Of a connection that somebody opened to this node: why he is no node, for a person; undefined if he is one. */
  whyStranger(socket: Socket): string | undefined {
    if (!(socket instanceof TLSSocket)) return 'it came over a connection without TLS';
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return 'it came over a connection without a node certificate';
    const why = this.#whyRefused(certificate, socket);
    return why === undefined ? undefined : `it came with the certificate ${describeCertificate(certificate)}, but ${why}`;
  }

  /** Asks whoever listens at another node's address for his certificate once more, to say why he is not accepted as a node. Never rejects. */
  async whyRefused(address: string): Promise<string> {
    const { ca, cert, key } = this.#current();
    const { host, port } = parseAddress(address) ?? { host: '', port: 0 };
    return new Promise<string>((resolve) => {
      // Nothing is said over it: it is only looked at.
      const socket = connect({ host, port, servername: NODE_DNS_NAME, ca, cert, key, ALPNProtocols: ['h2'], rejectUnauthorized: false });
      const end = (why: string): void => {
        socket.destroy();
        resolve(why);
      };
      socket.setTimeout(PROBE_MS, () => end('it does not answer'));
      socket.once('error', ({ code, message }: NodeJS.ErrnoException) => end(/WRONG_VERSION|PACKET_LENGTH/.test(code ?? '') ? 'it speaks no TLS to nodes: are NODES_CA_FILE, NODES_CERT_FILE and NODES_KEY_FILE set there?' : message));
      socket.once('close', () => end('it closed the connection'));
      socket.once('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate();
        const why = certificate && this.#whyRefused(certificate, socket);
        end(certificate === undefined || why === undefined ? 'it answers now' : `its certificate ${describeCertificate(certificate)} is not accepted: ${why}`);
      });
    });
  }

  #whyRefused(certificate: X509Certificate, { authorized, authorizationError }: TLSSocket): string | undefined {
    const code = authorized ? '' : String((authorizationError as { code?: string } | null)?.code ?? authorizationError ?? '');
    // An expired certificate of the right authority and one of another authority are told apart by their dates first.
    const why = whyNoNode(certificate, authorized || DATES.includes(code), this.#o.wallMs());
    return why ?? (authorized ? undefined : `TLS says ${code}`);
  }

  #current(): Loaded {
    const nowMs = this.#o.wallMs();
    if (Math.abs(nowMs - this.#lookedAtMs) < LOOK_EVERY_MS) return this.#loaded;
    this.#lookedAtMs = nowMs;
    const stamp = this.#stamp();
    if (stamp === this.#loaded.stamp || stamp === this.#refusedStamp) return this.#loaded;
    try {
      this.#loaded = this.#load(stamp);
    } catch (error) {
      // Perhaps only one of the three has been written yet: the next look finds the others.
      this.#refusedStamp = stamp;
      this.#o.onTrouble?.(`the renewed certificate of this node is not used: ${error instanceof DocketError ? error.message : 'it cannot be read'}`);
    }
    return this.#loaded;
  }

  #load(stamp: string): Loaded {
    const material = readNodeFiles(this.#o, this.#o.wallMs());
    const { ca, cert, key, certificate } = material;
    if (Date.parse(certificate.validTo) - this.#o.wallMs() < SOON_MS) this.#o.onTrouble?.(`the node certificate ${describeCertificate(certificate)} expires on ${new Date(certificate.validTo).toISOString()}`);
    return { ...material, stamp, context: createSecureContext({ ca, cert, key }), channel: credentials.createSsl(ca, key, cert) };
  }

  #stamp(): string {
    const { caFile, certFile, keyFile } = this.#o;
    return [caFile, certFile, keyFile].map((file) => {
      const { mtimeMs, size, ino } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0, ino: 0 };
      return `${mtimeMs}/${size}/${ino}`;
    }).join(' ');
  }
}

/** What a call is told that says it was handed on by a node, over a connection that is no node's. */
export function notANode(why: string): DocketError {
  return new DocketError('permission_denied', { reason: 'NOT_A_NODE', message: `this call says that a node has handed it on: ${why}`, metadata: { outcome: 'not_decided' } });
}
