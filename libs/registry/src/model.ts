/** Events of `docket.registry` (data of the CloudEvents, snake_case as stored). Times are the event's own. */
export type Role = 'gateway' | 'admin' | 'approver' | 'auditor';
export type Mode = 'enforce' | 'observe';

/** The first event: everything that is fixed at creation and never changed, since partitions and state hashes depend on it. */
export interface RegistryCreated {
  readonly type: 'RegistryCreated';
  readonly organisation: string;
  readonly decisions_partitions: number;
  readonly tokens_partitions: number;
  /** How a key finds its partition: Kafka's default, murmur2 of the UTF-8 key, made positive, modulo the partitions. */
  readonly partition_hash: 'murmur2';
  readonly call_id_memory_ms: number;
  readonly call_id_ahead_ms: number;
}

export interface CredentialIssued {
  readonly type: 'CredentialIssued';
  readonly credential_id: string;
  readonly organisation: string;
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly server_ids: readonly string[];
  /** SHA-256 of the token's secret part, hex. */
  readonly secret_hash: string;
  readonly actor: string;
}
export interface CredentialRevoked {
  readonly type: 'CredentialRevoked';
  readonly credential_id: string;
  readonly actor: string;
}
export interface ServerRegistered {
  readonly type: 'ServerRegistered';
  readonly organisation: string;
  readonly server_id: string;
  readonly name: string;
  readonly actor: string;
}
export interface PolicyPublished {
  readonly type: 'PolicyPublished';
  readonly organisation: string;
  readonly policy_id: string;
  /** SHA-256 of `document`'s UTF-8 bytes, hex. */
  readonly version: string;
  /** The normalised document as canonical JSON text. */
  readonly document: string;
  readonly actor: string;
}
export interface GrantIssued {
  readonly type: 'GrantIssued';
  readonly organisation: string;
  readonly grant_id: string;
  readonly server_id: string;
  readonly policy_id: string;
  readonly mode: Mode;
  readonly label: string;
  readonly secret_hash: string;
  readonly expires_at_ms: number | null;
  readonly actor: string;
}
export interface PolicyAttached {
  readonly type: 'PolicyAttached';
  readonly grant_id: string;
  readonly policy_id: string;
  readonly mode: Mode;
  readonly actor: string;
}
export interface GrantRevoked {
  readonly type: 'GrantRevoked';
  readonly grant_id: string;
  readonly actor: string;
}
/** Every value sealed under the grant's key is gone for good: the key is destroyed once this stands. Ends the grant as well. */
export interface GrantErased {
  readonly type: 'GrantErased';
  readonly grant_id: string;
  readonly actor: string;
}

export type RegistryEvent =
  | RegistryCreated
  | CredentialIssued
  | CredentialRevoked
  | ServerRegistered
  | PolicyPublished
  | GrantIssued
  | PolicyAttached
  | GrantRevoked
  | GrantErased;
