import { DocketError } from '#errors';
import type { Runtime } from '#ledger';
import type { CreateRegistry, RegistryCommand, RegistryCreated, RegistryReply, RegistryState, Role } from '#registry';
import { readCredentialsFile, updateCredentialsFile, type RoleTokens } from './credentials.file.js';
import { newCredentialToken, parseCredentialToken } from './tokens.js';

/** What a new registry fixes for ever; what is left out takes the default for a new one, and anything for an old one. */
export interface RegistrySettings {
  readonly decisionsPartitions?: number;
  readonly tokensPartitions?: number;
  readonly callIdMemoryMs?: number;
  readonly callIdAheadMs?: number;
}

export interface BootstrapOptions {
  readonly settings: RegistrySettings;
  /** Where the first credentials go; needed only for a registry that has none yet. */
  readonly credentialsFile: string | undefined;
  readonly runtime: Runtime;
  readonly submit: (command: RegistryCommand) => Promise<RegistryReply>;
  /** The registry, read to the end of its log. */
  readonly read: () => Promise<RegistryState>;
  /** `urgent`: what an operator must see, and not only in the log. */
  readonly onNotice: (message: string, urgent?: boolean) => void;
  /** Issue new credentials if the file has none: for whoever owns the database and the keyring anyway. */
  readonly renew?: boolean;
}

const ORGANISATION = 'default';
const ACTOR = 'bootstrap';
const DEFAULTS = { decisionsPartitions: 16, tokensPartitions: 16, callIdMemoryMs: 600_000, callIdAheadMs: 60_000 } as const;
const FIRST: readonly Role[] = ['gateway', 'admin', 'approver', 'auditor'];

/**
 * Creates the registry and its first credentials if they are missing, whatever an earlier start left undone. The tokens
 * are on disk before their events are in the log: a crash in between loses none, and the next start goes on with them.
 * Resolves with what was fixed when the registry was created; refuses a configuration that says otherwise.
 */
export async function bootstrap(options: BootstrapOptions): Promise<RegistryCreated> {
  const { settings, credentialsFile, submit, read } = options;
  let state = await read();
  if (state.created !== null) refuseOtherSettings(state.created.event, settings);
  const missing = FIRST.length - firstCredentials(state);
  if (missing > 0 && credentialsFile === undefined) throw noCredentialsFile(state.created === null);
  if (missing > 0 && credentialsFile !== undefined) {
    const tokens = await firstTokens(credentialsFile, options.runtime);
    if (state.created === null) await submit(createRegistry(settings));
    for (const role of FIRST) await submit(issueFirst(role, tokens[role]));
    state = await read();
    options.onNotice(`the first credentials are in ${credentialsFile}`);
  } else if (credentialsFile !== undefined) {
    const tokens = (await readCredentialsFile(credentialsFile))?.credentials;
    if (tokens !== undefined) noticeStrangers(credentialsFile, tokens, state, options.onNotice);
    else await replaceLost(credentialsFile, state, options);
    state = await read();
  }
  if (state.created === null) throw new DocketError('internal', { reason: 'REGISTRY_NOT_CREATED', message: 'the registry was created but is not in its log' });
  return state.created.event;
}

function firstCredentials(state: RegistryState): number {
  let count = 0;
  for (const { issued_by } of state.credentials.values()) if (issued_by === ACTOR) count += 1;
  return count;
}

async function firstTokens(file: string, runtime: Runtime): Promise<RoleTokens> {
  const written = (await readCredentialsFile(file))?.credentials;
  const tokens = written ?? newTokens(runtime);
  // Also what an earlier start has written, so that it is readable for its owner only whatever became of the file since.
  await updateCredentialsFile(file, { credentials: tokens });
  return tokens;
}

function newTokens(runtime: Runtime): RoleTokens {
  return Object.fromEntries(FIRST.map((role) => [role, newCredentialToken(runtime).token])) as RoleTokens;
}

/**
 * The way back for somebody who has lost the file. Events first, file second: after a crash in between, the next start
 * issues others, and nobody ever has the tokens of these. What was issued earlier stays valid until it is revoked.
 */
async function replaceLost(file: string, state: RegistryState, { renew, runtime, submit, onNotice }: BootstrapOptions): Promise<void> {
  const valid = [...state.credentials.values()].filter(({ revoked_at_ms }) => revoked_at_ms === null).length;
  if (renew !== true) {
    return onNotice(`there are no credentials in ${file}; ${valid} issued earlier are valid. If they are lost, start once with CREDENTIALS_RENEW=true, which issues new ones`, true);
  }
  const tokens = newTokens(runtime);
  for (const role of FIRST) await submit(issueFirst(role, tokens[role]));
  await updateCredentialsFile(file, { credentials: tokens });
  onNotice(`there were no credentials in ${file}: new ones are there now. ${valid} issued earlier stay valid: \`docket credential list\` shows them, \`docket credential revoke <id>\` ends one`, true);
}

/** A file of another registry is easily mistaken for this one's: say so at the start, not at the first refused call. */
function noticeStrangers(file: string, tokens: RoleTokens, state: RegistryState, onNotice: BootstrapOptions['onNotice']): void {
  const strangers = FIRST.filter((role) => !state.credentials.has(parseCredentialToken(tokens[role])?.id ?? ''));
  if (strangers.length > 0) onNotice(`the credentials in ${file} for ${strangers.join(', ')} are not known to this registry: put back the file that belongs to it, or move this one away and start with CREDENTIALS_RENEW=true (npm start does so by itself)`, true);
}

function createRegistry(settings: RegistrySettings): CreateRegistry {
  return {
    type: 'CreateRegistry',
    organisation: ORGANISATION,
    decisions_partitions: settings.decisionsPartitions ?? DEFAULTS.decisionsPartitions,
    tokens_partitions: settings.tokensPartitions ?? DEFAULTS.tokensPartitions,
    call_id_memory_ms: settings.callIdMemoryMs ?? DEFAULTS.callIdMemoryMs,
    call_id_ahead_ms: settings.callIdAheadMs ?? DEFAULTS.callIdAheadMs,
  };
}

function issueFirst(role: Role, token: string): RegistryCommand {
  const parsed = parseCredentialToken(token);
  if (parsed === undefined) throw new DocketError('internal', { reason: 'INTERNAL', message: `the ${role} credential is malformed` });
  return {
    type: 'IssueCredential', organisation: ORGANISATION, actor: ACTOR, credential_id: parsed.id, subject: role, roles: [role], server_ids: [], secret_hash: parsed.secretHash,
  };
}

/** What was fixed at creation cannot be configured otherwise. Throws failed_precondition. */
export function refuseOtherSettings(created: RegistryCreated, settings: RegistrySettings): void {
  const recorded: Record<keyof RegistrySettings, number> = {
    decisionsPartitions: created.decisions_partitions,
    tokensPartitions: created.tokens_partitions,
    callIdMemoryMs: created.call_id_memory_ms,
    callIdAheadMs: created.call_id_ahead_ms,
  };
  const violations = (Object.keys(recorded) as (keyof RegistrySettings)[])
    .filter((name) => settings[name] !== undefined && settings[name] !== recorded[name])
    .map((field) => ({ field, description: `configured ${settings[field]}, but the registry was created with ${recorded[field]}` }));
  if (violations.length === 0) return;
  throw new DocketError('failed_precondition', {
    reason: 'REGISTRY_SETTINGS',
    message: `what was fixed when the registry was created never changes: ${violations.map(({ field, description }) => `${field}: ${description}`).join('; ')}`,
    violations,
  });
}

function noCredentialsFile(isEmpty: boolean): DocketError {
  return new DocketError('failed_precondition', {
    reason: 'CREDENTIALS_FILE_REQUIRED',
    message: `${isEmpty ? 'the registry is empty' : 'the first credentials of the registry are not complete'}: set CREDENTIALS_FILE to the file that they shall be written to`,
  });
}
