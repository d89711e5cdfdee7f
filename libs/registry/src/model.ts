import type { NormaliserRule, RiskClass } from '#tools';

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

/** Text that a later report or approval names by its hash: a tool's definition, or a server's instructions. */
export interface ToolTextStored {
  readonly type: 'ToolTextStored';
  readonly organisation: string;
  readonly server_id: string;
  /** Of the tool; '' for the instructions. */
  readonly tool: string;
  /** SHA-256, hex, by the formula of `hash_formula`. */
  readonly hash: string;
  readonly hash_formula: number;
  /** Canonical JSON. */
  readonly text: string;
  readonly actor: string;
}
/** What a server listed, whole: what is missing is withdrawn. */
export interface ToolsReported {
  readonly type: 'ToolsReported';
  readonly organisation: string;
  readonly server_id: string;
  /** '' if the server gives none. */
  readonly instructions: string;
  readonly tools: readonly ToolHash[];
  /** Nothing had been reported of this server, and what it listed is taken as approved. */
  readonly trusted: boolean;
  readonly actor: string;
}
export interface ToolHash {
  readonly tool: string;
  readonly hash: string;
}
/** These texts may be served, and these tools called. The tool '' is the instructions. */
export interface ToolsApproved {
  readonly type: 'ToolsApproved';
  readonly organisation: string;
  readonly server_id: string;
  readonly tools: readonly ToolHash[];
  readonly actor: string;
}
/** A person's word on a tool's risk class, against or beside that of the rules; null takes it back. */
export interface ToolRiskSet {
  readonly type: 'ToolRiskSet';
  readonly organisation: string;
  readonly server_id: string;
  readonly tool: string;
  readonly risk_class: RiskClass | null;
  readonly actor: string;
}
/** What may vary in a server's texts without being a change. */
export interface ToolChurnSet {
  readonly type: 'ToolChurnSet';
  readonly organisation: string;
  readonly server_id: string;
  readonly rules: readonly NormaliserRule[];
  readonly actor: string;
}

export type ToolEvent = ToolTextStored | ToolsReported | ToolsApproved | ToolRiskSet | ToolChurnSet;

export type RegistryEvent =
  | ToolEvent
  | RegistryCreated
  | CredentialIssued
  | CredentialRevoked
  | ServerRegistered
  | PolicyPublished
  | GrantIssued
  | PolicyAttached
  | GrantRevoked
  | GrantErased;
