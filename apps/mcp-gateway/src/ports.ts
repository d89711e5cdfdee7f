import type { Json, JsonObject } from '#mcp';
import type { Secret } from '#platform';
import type { RiskClass } from '#tools';

/** What the parts of the gateway are to each other: edge → calls → upstreams and pins. */

/** `modern`: 2026-07-28, every request for itself. `legacy`: 2025-03-26 to 2025-11-25, `initialize` and sessions. */
export type Era = 'modern' | 'legacy';

export interface RpcResult { readonly result: JsonObject }
export interface RpcError { readonly error: { readonly code: number; readonly message: string; readonly data?: Json } }
export type RpcAnswer = RpcResult | RpcError;

/** What a client declares that takes tasks. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

/** A JSON-RPC request or notification, parsed strictly. `params` is an object, empty if the message had none. */
export interface McpRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params: JsonObject;
}
export interface McpNotification { readonly method: string; readonly params: JsonObject }

/** Who holds a grant that opens this server, checked before anything else is. */
export interface Caller {
  readonly grantId: string;
  /** `dg_…`, as it was presented; goes to the decider and the token broker, never upstream. */
  readonly token: Secret;
  readonly serverId: string;
}

export type Admission =
  | { readonly admitted: true; readonly caller: Caller }
  /** 401 for `unauthenticated`, 403 for `wrong_server`, 503 for `unavailable` (it could not be found out). */
  | { readonly admitted: false; readonly because: 'unauthenticated' | 'wrong_server' | 'unavailable' };

/** Why the signal of an exchange aborts where going away cancels; other reasons are the gateway's own. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** What came with one request, and the way back to who sent it. */
export interface Exchange {
  readonly caller: Caller;
  readonly era: Era;
  readonly protocolVersion: string;
  /** Of this request (modern) or of its session (legacy). */
  readonly clientCapabilities: JsonObject;
  /** For the record only: it is what the client says of itself. */
  readonly clientInfo?: JsonObject;
  /** Legacy only. */
  readonly sessionId?: string;
  readonly progressToken?: string | number;
  /** Modern: only with it are `notifications/message` sent. Legacy: what `logging/setLevel` said last. */
  readonly logLevel?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  /** `Mcp-Param-…` headers as they came, by lower-case name; checked against the body before. */
  readonly paramHeaders?: Readonly<Record<string, string>>;
  /** The client has cancelled, or gone away where that cancels (modern). */
  readonly signal: AbortSignal;
  /** Onto this request's stream; dropped when it has none any more. */
  notify(method: string, params: JsonObject): void;
  /** A request of the server to the client over a live stream (legacy); absent if this client cannot answer one. */
  ask?(method: string, params: JsonObject, signal?: AbortSignal): Promise<RpcAnswer>;
}

/** Which changes a listener wants to hear of: `subscriptions/listen` (modern), or a session's GET stream (legacy: all of them). */
export interface ListenFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
}

/** What of a server is shown to this caller, for `initialize` and `server/discover`: the intersection of what it and the gateway can. */
export interface ServerDescription {
  readonly capabilities: JsonObject;
  readonly serverInfo: JsonObject;
  readonly instructions?: string;
  /** How long it may be believed. */
  readonly ttlMs: number;
}

/** What is done with a request. Made by `calls`, asked by `edge`. Nothing here rejects: whatever fails is an RpcError or a result. */
export interface McpHandler {
  /** Looks a presented grant up; never rejects. */
  admit(token: Secret, serverId: string): Promise<Admission>;
  /** Aborts when the caller's grant is revoked, has expired or is erased: sessions and streams end then. */
  revoked(caller: Caller): AbortSignal;
  describe(exchange: Exchange): Promise<ServerDescription>;
  /** Every method but `initialize`, `ping`, `server/discover`, `subscriptions/listen` and `logging/setLevel`, which are the edge's. */
  request(message: McpRequest, exchange: Exchange): Promise<RpcAnswer>;
  /** Other than `notifications/cancelled`, `notifications/initialized`, `notifications/progress`, which are the edge's. */
  notification(message: McpNotification, exchange: Exchange): void;
  /** Until the signal of the exchange ends it. */
  listen(filter: ListenFilter, exchange: Exchange): AsyncIterable<McpNotification>;
}

/** What an upstream can do, and what it says of itself. */
export interface UpstreamDescription {
  readonly era: Era;
  readonly protocolVersion: string;
  readonly capabilities: JsonObject;
  readonly serverInfo: JsonObject;
  readonly instructions?: string;
}

export interface UpstreamCall {
  readonly signal: AbortSignal;
  readonly onNotification?: (message: McpNotification) => void;
  /** A request of the upstream to the client (elicitation, sampling, roots); absent: none can be answered. */
  readonly onRequest?: (method: string, params: JsonObject, signal: AbortSignal) => Promise<RpcAnswer>;
  /** What the client declared on this request, minus what the gateway blocks. */
  readonly clientCapabilities: JsonObject;
  readonly progressToken?: string | number;
  readonly logLevel?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly paramHeaders?: Readonly<Record<string, string>>;
  /** Of the pinned tool that is called: which arguments are mirrored into headers (H6). */
  readonly inputSchema?: JsonObject;
}

/**
 * What became of a request to an upstream. `not_sent`: certainly nothing has reached it (no token, no connection, refused address).
 * `unknown`: it was sent and no answer came. `message` is for the agent: no secret, no text of the upstream.
 */
export type UpstreamAnswer =
  | (RpcResult & { readonly outcome: 'answered' })
  | (RpcError & { readonly outcome: 'answered' })
  | { readonly outcome: 'not_sent' | 'unknown'; readonly reason: string; readonly message: string; readonly retryAfterMs?: number };

/** One server, as one grant reaches it. Shared: `close` is the pool's. */
export interface Upstream {
  /** From a cache with a horizon; rejects with a DocketError (`unavailable`) if it cannot be found out. */
  describe(): Promise<UpstreamDescription>;
  /**
   * Never rejects. `params` without `_meta` of the transport; other keys of `_meta` go through. What comes back holds no token that the
   * gateway has put in (token-broker.md 37): it is masked here, where the token is known.
   */
  request(method: string, params: JsonObject, call: UpstreamCall): Promise<UpstreamAnswer>;
}

export interface Upstreams {
  /** Rejects with a DocketError `not_found` if no upstream is configured for this server. */
  of(serverId: string, caller: Caller | undefined): Promise<Upstream>;
  /** The connection of the token broker whose token this server's calls carry; undefined: none. */
  connectionOf(serverId: string): string | undefined;
  /** Tells of `notifications/…/list_changed` and `resources/updated` that upstreams send by themselves. Returns how to stop. */
  onChanged(listener: (serverId: string, message: McpNotification) => void): () => void;
  close(): Promise<void>;
}

/** A tool's definition as it is served, with what the decision needs. */
export interface PinnedTool {
  readonly name: string;
  /** Everything the upstream said, unknown fields too (T8). */
  readonly definition: JsonObject;
  /** SHA-256, hex; goes along with the decision. */
  readonly definitionHash: string;
  /** Only `approved` may be called; `first_seen`, `changed` and `withdrawn` are held for review. */
  readonly state: 'approved' | 'first_seen' | 'changed' | 'withdrawn';
  /** A person's word on its risk. */
  readonly overrideClass?: RiskClass;
}

export interface ToolPins {
  /** All that there are of this server, in order of name. Rejects with a DocketError if the store does not answer: nothing is called then. */
  toolsOf(serverId: string): Promise<readonly PinnedTool[]>;
  /** As they were approved; undefined: none, or none yet. Rejects as `toolsOf` does. */
  instructionsOf(serverId: string): Promise<string | undefined>;
  /** What the upstream lists now: what differs from the pins is held for review. */
  observed(serverId: string, definitions: readonly JsonObject[], instructions: string | undefined): Promise<void>;
  /** An approval or a withdrawal has changed what is served. Returns how to stop. */
  onChanged(listener: (serverId: string) => void): () => void;
}
