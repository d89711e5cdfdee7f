import { timingSafeEqual } from 'node:crypto';
import type { ConnectionRecord } from '#access-token';
import { DocketError } from '#errors';
import { Secret } from '#platform';
import type { TokenVault } from '../vault/token-vault.js';

export interface StandInsOptions {
  /** Its keyed fingerprint signs: only who holds the tenant's key can make a stand-in, or tell a good one. */
  readonly vault: Pick<TokenVault, 'fingerprint'>;
  /** Wall clock, ms since the epoch. */
  readonly wallMs: () => number;
}

/** Of what a stand-in was made. */
export interface StandInOf {
  readonly generation: number;
  /** Wall clock: what the agent was told. */
  readonly expiresAtMs: number;
}

/** `si_<connection>_<base64url of: 1, generation, end, signature>`. */
const STAND_IN = /^si_([a-z0-9-]{1,63})_([A-Za-z0-9_-]{66})$/;
const VERSION = 1;
const SIGNED_BYTES = 1 + 8 + 8;
const BYTES = SIGNED_BYTES + 32;

/**
 * What agents hold in a token's place: signed, bound to one grant and one connection, good until the time they were told, through
 * whatever refreshes come between. Gateways put the token in its place; anywhere else it is a string. Nothing is kept for it.
 */
export class StandIns {
  readonly #o: StandInsOptions;

  constructor(options: StandInsOptions) {
    this.#o = options;
  }

  /** @param grantId the grant it is for; never empty: a stand-in for everybody would be a token. */
  async issue({ tenant, connection_id }: Pick<ConnectionRecord, 'tenant' | 'connection_id'>, of: StandInOf, grantId: string): Promise<string> {
    if (grantId === '') throw new DocketError('invalid_argument', { reason: 'INVALID_REQUEST', message: 'a stand-in is for one grant', violations: [{ field: 'grant_id', description: 'expected the grant that it is for' }] });
    const bytes = Buffer.alloc(BYTES);
    bytes.writeUInt8(VERSION, 0);
    bytes.writeBigUInt64BE(BigInt(of.generation), 1);
    bytes.writeBigUInt64BE(BigInt(Math.floor(of.expiresAtMs)), 9);
    (await this.#signature(tenant, connection_id, grantId, bytes.subarray(0, SIGNED_BYTES))).copy(bytes, SIGNED_BYTES);
    return `si_${connection_id}_${bytes.toString('base64url')}`;
  }

  /** Where a stand-in belongs, judged by its form alone. Throws permission_denied for what is none. */
  connectionOf(standIn: string): string {
    const connectionId = STAND_IN.exec(standIn)?.[1];
    if (connectionId === undefined) throw refused('STAND_IN_UNKNOWN', 'this is no stand-in');
    return connectionId;
  }

  /** Resolves if the connection's token may take its place now, for this grant. Rejects with permission_denied. */
  async assertGood(standIn: string, connection: ConnectionRecord, grantId: string): Promise<void> {
    const bytes = Buffer.from(STAND_IN.exec(standIn)?.[2] ?? '', 'base64url');
    const isWhole = bytes.length === BYTES && bytes[0] === VERSION && this.connectionOf(standIn) === connection.connection_id;
    const expected = isWhole && await this.#signature(connection.tenant, connection.connection_id, grantId, bytes.subarray(0, SIGNED_BYTES));
    // Whose it is and whether it is one at all are the same question: the answer tells neither.
    if (!expected || !timingSafeEqual(expected, bytes.subarray(SIGNED_BYTES))) throw refused('STAND_IN_UNKNOWN', 'this is no stand-in of this grant and connection');
    if (this.#o.wallMs() >= Number(bytes.readBigUInt64BE(9))) throw refused('STAND_IN_EXPIRED', 'the stand-in has ended: ask for another one');
    if (connection.status !== 'active' || Number(bytes.readBigUInt64BE(1)) <= connection.revoked_up_to || connection.cut_off.has(grantId)) {
      throw refused('STAND_IN_REVOKED', 'the token that the stand-in was for was revoked');
    }
  }

  async #signature(tenant: string, connectionId: string, grantId: string, signed: Uint8Array): Promise<Buffer> {
    // No token has a space or a line break in it, so none has this text's fingerprint.
    const text = ['docket stand-in', tenant, connectionId, grantId, Buffer.from(signed).toString('hex')].join('\n');
    return Buffer.from(await this.#o.vault.fingerprint({ tenant, connectionId }, new Secret(text)), 'hex');
  }
}

function refused(reason: string, message: string): DocketError {
  return new DocketError('permission_denied', { reason, message });
}
