import type { NormaliserRule, RiskClass } from '#tools';
import type { Mode, Role, ToolHash } from './model.js';

/** Whose registry is edited and by whom: from the credential, never from the request. */
interface Author {
  readonly organisation: string;
  /** Subject of the credential; events record it. */
  readonly actor: string;
}

/** The first event of the registry, and only that. */
export interface CreateRegistry {
  readonly type: 'CreateRegistry';
  readonly organisation: string;
  readonly decisions_partitions: number;
  readonly tokens_partitions: number;
  readonly call_id_memory_ms: number;
  readonly call_id_ahead_ms: number;
}

export interface IssueCredential extends Author {
  readonly type: 'IssueCredential';
  /** 16 hex characters, chosen by the shell. */
  readonly credential_id: string;
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly server_ids: readonly string[];
  readonly secret_hash: string;
}

export interface RevokeCredential extends Author {
  readonly type: 'RevokeCredential';
  readonly credential_id: string;
}

/** Idempotent for the same id and name. An empty name means the id. */
export interface RegisterServer extends Author {
  readonly type: 'RegisterServer';
  readonly server_id: string;
  readonly name: string;
}

/** The shell has parsed and normalised the document, and hashed its canonical text. */
export interface PublishPolicy extends Author {
  readonly type: 'PublishPolicy';
  readonly policy_id: string;
  readonly version: string;
  readonly document: string;
}

export interface AttachPolicy extends Author {
  readonly type: 'AttachPolicy';
  readonly grant_id: string;
  readonly policy_id: string;
  readonly mode: Mode;
}

export interface IssueGrant extends Author {
  readonly type: 'IssueGrant';
  /** 32 hex characters, chosen by the shell. */
  readonly grant_id: string;
  readonly server_id: string;
  /** '' for none: every call is then denied. */
  readonly policy_id: string;
  readonly mode: Mode;
  readonly label: string;
  readonly secret_hash: string;
  readonly expires_at_ms: number | null;
}

export interface RevokeGrant extends Author {
  readonly type: 'RevokeGrant';
  readonly grant_id: string;
}

/** Of a grant that is revoked or expired, too. */
export interface EraseGrant extends Author {
  readonly type: 'EraseGrant';
  readonly grant_id: string;
}

/** Before a report that names it. The shell has read the text and hashed it. */
export interface StoreToolText extends Author {
  readonly type: 'StoreToolText';
  readonly server_id: string;
  readonly tool: string;
  readonly hash: string;
  readonly hash_formula: number;
  readonly text: string;
}

/** All that a server lists now. FAILED_PRECONDITION `TOOL_TEXT_MISSING` if a text is not stored (any more): store it again. */
export interface ReportTools extends Author {
  readonly type: 'ReportTools';
  readonly server_id: string;
  readonly instructions: string;
  /** In order of name, each once. */
  readonly tools: readonly ToolHash[];
  /** Approve what is listed if nothing has been reported before. */
  readonly trust_first: boolean;
}

/** The hashes say what was looked at: what has changed since is not approved. */
export interface ApproveTools extends Author {
  readonly type: 'ApproveTools';
  readonly server_id: string;
  readonly tools: readonly ToolHash[];
}

export interface SetToolRisk extends Author {
  readonly type: 'SetToolRisk';
  readonly server_id: string;
  readonly tool: string;
  readonly risk_class: RiskClass | null;
}

export interface SetToolChurn extends Author {
  readonly type: 'SetToolChurn';
  readonly server_id: string;
  readonly rules: readonly NormaliserRule[];
}

export type ToolCommand = StoreToolText | ReportTools | ApproveTools | SetToolRisk | SetToolChurn;

export type RegistryCommand =
  | ToolCommand
  | CreateRegistry
  | IssueCredential
  | RevokeCredential
  | RegisterServer
  | PublishPolicy
  | AttachPolicy
  | IssueGrant
  | RevokeGrant
  | EraseGrant;

/**
 * What an edit came to: `id` of the object and the registry offset of the edit that the object owes its present state
 * to. `unchanged`: nothing was appended, since the registry said so already.
 */
export interface RegistryReply {
  readonly id: string;
  readonly registry_offset: number;
  readonly unchanged: boolean;
}
