import { createHmac } from 'node:crypto';
import { accessTokenMachine, findConnection, type ConnectionSettings, type TokenCommand, type TokenReply, type TokenState } from '#access-token';
import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import { Secret } from '#platform';
import { TokenMinter, type TokenMinterOptions } from '../../../apps/token-broker/src/minting/token-minter.js';
import type { TokenVault, VaultAddress } from '../../../apps/token-broker/src/vault/token-vault.js';

export const TENANT = 'default';
const SECRET_ID = '5e'.repeat(16);
const CAUSE = { actor: 'bench', grant_id: '', trace_id: '' };

export const SETTINGS: ConnectionSettings = {
  environment: 'bench', server_ids: [], issuer: 'partner-secret', token_url: 'https://partner.example.com/', client_id: 'key', auth_method: 'api_secret_header', scopes: [],
  audience: '', default_lifetime_ms: 300_000, delivery: 'inject', static_stability: false, mints_per_minute_max: 60,
};

class MemoryVault implements TokenVault {
  readonly #rows = new Map<string, Secret>();

  async put(address: VaultAddress, value: Secret): Promise<void> {
    this.#rows.set(Object.values(address).join('|'), value);
  }

  async get(address: VaultAddress): Promise<Secret | undefined> {
    return this.#rows.get(Object.values(address).join('|'));
  }

  async remove(address: VaultAddress): Promise<void> {
    this.#rows.delete(Object.values(address).join('|'));
  }

  async list(): Promise<VaultAddress[]> {
    return [];
  }

  async newerSecret(): Promise<undefined> {}

  async prune(): Promise<number> {
    return 0;
  }

  async tokenFingerprint(tenant: string, token: Secret): Promise<string> {
    return createHmac('sha256', tenant).update(token.reveal()).digest('hex');
  }

  async fingerprint({ connectionId }: Pick<VaultAddress, 'connectionId'>, token: Secret): Promise<string> {
    return this.tokenFingerprint(connectionId, token);
  }
}

/** The minter and the state machine as they are, on a log and a vault in memory. */
export class MemoryBroker {
  readonly minter: TokenMinter;
  readonly #machine = accessTokenMachine({ mintsPerMinuteMax: 1_000_000, connectionsMax: 10_000 });
  readonly #runtime: Runtime;
  readonly #vault = new MemoryVault();
  #state: TokenState = this.#machine.initialState();
  #offset = 0;

  constructor(runtime: Runtime, issuers: TokenMinterOptions['issuers'], more: Pick<TokenMinterOptions, 'mintLimitMs'> = {}) {
    this.#runtime = runtime;
    this.minter = new TokenMinter({
      submit: (command) => this.submit(command), describe: (tenant, id) => findConnection(this.#state, tenant, id), vault: this.#vault, runtime, random: Math.random, owner: 'a'.repeat(16), issuers, ...more,
    });
  }

  async register(connectionId: string, settings = SETTINGS, secret = 'bench-secret'): Promise<void> {
    const of = { tenant: TENANT, connectionId };
    await this.#vault.put({ tenant: of.tenant, connectionId, kind: 'secret', version: SECRET_ID }, new Secret(secret));
    await this.submit({ type: 'RegisterConnection', tenant: TENANT, connection_id: connectionId, ...CAUSE, settings, secret_id: SECRET_ID, secret_version: 1, binding: '0b'.repeat(32) });
  }

  obtain(connectionId: string, ask: Parameters<TokenMinter['obtain']>[1]): ReturnType<TokenMinter['obtain']> {
    return this.minter.obtain({ tenant: TENANT, connectionId }, ask, CAUSE);
  }

  async submit(command: TokenCommand): Promise<TokenReply> {
    // A log takes its time.
    await Promise.resolve();
    const nowMs = Math.floor(this.#runtime.wallMs());
    const decision = this.#machine.decide(this.#state, command, { nowMs });
    if (decision.kind === 'refuse') throw decision.error;
    if (decision.kind !== 'append') {
      if (decision.reply instanceof DocketError) throw decision.reply;
      return decision.reply;
    }
    this.#state = this.#machine.evolve(this.#state, decision.event, { offset: (this.#offset += 1), timeMs: nowMs });
    return this.#machine.replyTo(decision.event, { timeMs: nowMs });
  }
}
