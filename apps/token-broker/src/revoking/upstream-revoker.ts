import { backOffMs, livingTokens, PERMANENT_RETRY_MS, type ConnectionCommand, type ConnectionRecord, type Issuer, type ReplacedToken, type TokenCommand, type TokenReply } from '#access-token';
import type { Runtime } from '#ledger';
import type { Secret } from '#platform';
import type { RevocationResult, TokenIssuer } from '../issuers/issuer.js';
import { unpackToken } from '../minting/stored-token.js';
import type { TokenVault, VaultAddress } from '../vault/token-vault.js';
import { packRevocation, unpackRevocation } from './pending-revocation.js';

type Of = Pick<VaultAddress, 'tenant' | 'connectionId'>;

/** What came of one try, for logs and metrics. */
export interface RevocationFacts extends Of {
  /** `retry`: the issuer did not do it yet, so the token counts as live there. `over`: it has expired meanwhile. */
  readonly outcome: 'revoked' | 'retry' | 'refused' | 'over';
  readonly code?: string;
  readonly detail?: string;
}

export interface UpstreamRevokerOptions {
  readonly vault: Pick<TokenVault, 'put' | 'get' | 'remove' | 'list'>;
  readonly issuers: Partial<Record<Issuer, TokenIssuer>>;
  /** A connection, also a removed one, of a partition that this node owns; undefined otherwise. */
  readonly owned: (tenant: string, connectionId: string) => ConnectionRecord | undefined;
  readonly runtime: Runtime;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onOutcome?: (facts: RevocationFacts) => void;
}

interface Due {
  readonly address: VaultAddress;
  tries: number;
  atMs: number;
}

const CALL_MS = 10_000;
const SCAN_MS = 30_000;
const SCAN_MAX = 1_000;
/** Commands that end tokens which the issuer still takes. */
const ENDING = ['RevokeToken', 'SuspendConnection', 'RemoveConnection', 'RotateSecret', 'CutOffGrant', 'EndHeldTokens'] as const;
type Ending = Extract<ConnectionCommand, { readonly type: (typeof ENDING)[number] }>;

/**
 * Revokes at the issuer (RFC 7009) what was revoked here, and what was minted and never published. A token is noted, durably,
 * before the command that ends it, and stays noted until its issuer has confirmed or it is over: an issuer that answers 503
 * has not revoked it (section 2.2.1), whatever becomes of this process. The owner of the connection's partition does the work.
 */
export class UpstreamRevoker {
  readonly #o: UpstreamRevokerOptions;
  readonly #due = new Map<string, Due>();
  /** Noted, their command not answered yet. */
  readonly #held = new Set<string>();
  #cancel: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  #stop = new AbortController();
  #scanAtMs = 0;

  constructor(options: UpstreamRevokerOptions) {
    this.#o = options;
  }

  /** Tokens that their issuers may still take, as far as this node knows. */
  get pending(): number {
    return this.#due.size;
  }

  start(): void {
    this.#wake(0);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancel();
    await this.#running;
  }

  /** For a token that was minted and published to nobody. Never rejects. */
  async discard(of: Of, mintId: string, token: Secret, expiresAtMs: number): Promise<void> {
    const connection = this.#o.owned(of.tenant, of.connectionId);
    if (!connection || !canRevoke(connection)) return;
    const address = { ...of, kind: 'revocation' as const, version: mintId };
    await this.#note(address, connection, token, expiresAtMs).then(() => this.#enqueue(address), () => {});
  }

  /** A ledger whose commands pass by here: the tokens that one ends are noted before it is decided. */
  watching<L extends { submit(partition: number, command: TokenCommand, ...rest: never[]): Promise<TokenReply> }>(ledger: L): L {
    const submit = async (partition: number, command: TokenCommand, ...rest: never[]): Promise<TokenReply> => {
      if (!isEnding(command)) return ledger.submit(partition, command, ...rest);
      const noted = await this.#noteEnding(command);
      try {
        return await ledger.submit(partition, command, ...rest);
      } finally {
        // Whatever came of it: a token that is still served here is found out when its turn comes.
        for (const address of noted) {
          this.#held.delete(nameOf(address));
          this.#enqueue(address);
        }
      }
    };
    return new Proxy(ledger, {
      get: (target, name) => {
        if (name === 'submit') return submit;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #noteEnding(command: Ending): Promise<VaultAddress[]> {
    const of = { tenant: command.tenant, connectionId: command.connection_id };
    const connection = this.#o.owned(of.tenant, of.connectionId);
    if (!connection || !canRevoke(connection)) return [];
    const noted: VaultAddress[] = [];
    // Those that were replaced, too: an issuer may take them until their end.
    for (const token of livingTokens(connection, this.#o.runtime.wallMs())) {
      if (token.ended_by === 'revocation' || token.expires_at_ms <= this.#o.runtime.wallMs() || !isMeant(command, connection, token)) continue;
      const address = { ...of, kind: 'revocation' as const, version: token.mint_id };
      const packed = await this.#o.vault.get({ ...address, kind: 'token' });
      const stored = packed && unpackToken(packed);
      if (!stored) continue;
      this.#held.add(nameOf(address));
      await this.#note(address, connection, stored.token, token.expires_at_ms);
      noted.push(address);
    }
    return noted;
  }

  async #note(address: VaultAddress, { secret_id }: ConnectionRecord, token: Secret, expiresAtMs: number): Promise<void> {
    const { tenant, connectionId } = address;
    const secret = await this.#o.vault.get({ tenant, connectionId, kind: 'secret', version: secret_id });
    await this.#o.vault.put(address, packRevocation({ token, expiresAtMs, secret })).catch((error: { reason?: string }) => {
      // Noted before, by a command that was sent twice.
      if (error.reason !== 'VAULT_VERSION_EXISTS') throw error;
    });
  }

  #enqueue(address: VaultAddress): void {
    this.#due.set(nameOf(address), { address, tries: 0, atMs: this.#o.runtime.monotonicMs() });
    this.#wake(0);
  }

  #wake(inMs: number): void {
    if (this.#stop.signal.aborted) return;
    this.#cancel();
    this.#cancel = this.#o.runtime.after(inMs, () => {
      this.#running = this.#running.then(() => this.#round()).catch(() => {}).then(() => {
        const nowMs = this.#o.runtime.monotonicMs();
        const nextMs = Math.min(this.#scanAtMs, ...[...this.#due.values()].map(({ atMs }) => atMs));
        this.#wake(Math.max(nextMs - nowMs, 1));
      });
    });
  }

  async #round(): Promise<void> {
    await this.#scan();
    const nowMs = this.#o.runtime.monotonicMs();
    for (const [name, due] of [...this.#due]) {
      if (this.#stop.signal.aborted) return;
      if (due.atMs > nowMs) continue;
      const again = await this.#try(due).catch(() => SCAN_MS);
      if (again === undefined) this.#due.delete(name);
      else due.atMs = this.#o.runtime.monotonicMs() + again;
    }
  }

  /** What a former owner, or this process before it was started anew, has left. */
  async #scan(): Promise<void> {
    if (this.#o.runtime.monotonicMs() < this.#scanAtMs) return;
    this.#scanAtMs = this.#o.runtime.monotonicMs() + SCAN_MS;
    for (const address of await this.#o.vault.list('revocation', SCAN_MAX)) {
      const name = nameOf(address);
      if (this.#held.has(name) || this.#due.has(name) || !this.#o.owned(address.tenant, address.connectionId)) continue;
      this.#due.set(name, { address, tries: 0, atMs: this.#scanAtMs - SCAN_MS });
    }
  }

  /** One try. Resolves to when the next one is, in ms; undefined if there is none. */
  async #try(due: Due): Promise<number | undefined> {
    const { address } = due;
    const { vault, runtime } = this.#o;
    const of = { tenant: address.tenant, connectionId: address.connectionId };
    const connection = this.#o.owned(of.tenant, of.connectionId);
    // Another node owns it now: its scan finds it.
    if (!connection) return undefined;
    const packed = await vault.get(address);
    const pending = packed && unpackRevocation(packed);
    // The command that was to end it was refused.
    const isGood = livingTokens(connection, runtime.wallMs()).some(({ mint_id, ended_by }) => mint_id === address.version && ended_by !== 'revocation');
    const isOver = pending !== undefined && pending.expiresAtMs <= runtime.wallMs();
    if (!pending || isGood || isOver || !canRevoke(connection)) {
      await vault.remove(address);
      if (isOver) this.#o.onOutcome?.({ ...of, outcome: 'over' });
      return undefined;
    }
    const present = connection.status === 'removed' ? undefined : await vault.get({ ...of, kind: 'secret', version: connection.secret_id });
    const secret = present ?? pending.secret;
    const result = secret === undefined ? undefined : await this.#ask(connection, secret, pending.token);
    if (result?.kind === 'failed' && result.failure.code !== 'unsupported_token_type') {
      due.tries += 1;
      this.#o.onOutcome?.({ ...of, outcome: 'retry', code: result.failure.code, detail: result.detail });
      return result.failure.class === 'permanent' ? PERMANENT_RETRY_MS : backOffMs(due.tries, this.#o.random(), result.retryAfterMs);
    }
    await vault.remove(address);
    this.#o.onOutcome?.({ ...of, outcome: result?.kind === 'revoked' ? 'revoked' : 'refused', ...(result?.kind === 'failed' && { code: result.failure.code, detail: result.detail }) });
    return undefined;
  }

  /** The issuer's answer, or that it gave none: an adapter that ignores the signal holds nobody up. */
  #ask({ settings }: ConnectionRecord, secret: Secret, token: Secret): Promise<RevocationResult> {
    const stop = new AbortController();
    const none: RevocationResult = { kind: 'failed', failure: { class: 'transient', code: 'timeout', status: 0 }, retryAfterMs: null, detail: '' };
    return new Promise((resolve) => {
      const end = (): void => {
        stop.abort();
        resolve(none);
      };
      const cancel = this.#o.runtime.after(CALL_MS, end);
      this.#stop.signal.addEventListener('abort', end, { once: true });
      this.#o.issuers[settings.issuer]!.revoke!({ settings, secret, token, signal: stop.signal }).catch(() => none).then((result) => {
        cancel();
        this.#stop.signal.removeEventListener('abort', end);
        resolve(result);
      });
    });
  }
}

function isEnding(command: TokenCommand): command is Ending {
  return (ENDING as readonly string[]).includes(command.type);
}

/** Whether the command ends this token. */
function isMeant(command: Ending, { holders }: ConnectionRecord, { slot, generation }: ReplacedToken): boolean {
  switch (command.type) {
    case 'RevokeToken': return (command.slot === null || command.slot === slot) && generation <= (command.generation ?? Infinity);
    case 'CutOffGrant':
    case 'EndHeldTokens': return holders.some((held) => held.grant_id === command.holder && held.slot === slot && held.generation === generation);
    default: return true;
  }
}

/** Whether its issuer has an address for revocation (RFC 7009). */
export function canRevoke({ settings }: Pick<ConnectionRecord, 'settings'>): boolean {
  return settings.oauth !== undefined && settings.oauth.revocation_url !== '';
}

function nameOf({ tenant, connectionId, version }: VaultAddress): string {
  return `${tenant}/${connectionId}/${version}`;
}
