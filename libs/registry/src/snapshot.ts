import type { Json } from './codec.js';
import { addCredential, addDocument, addGrant, addPublication, addServer } from './evolve.js';
import { initialRegistryState, organisationOf, type CredentialRecord, type GrantRecord, type PublicationRecord, type RegistryState, type ServerRecord } from './state.js';
import { restoreTools, toolRows, type ToolsRow } from './tools-snapshot.js';

const FORMAT = 1;

/** Grants as rows, without field names: a million of them stay below what one JSON string can hold. */
type KeptGrantRow = [
  id: string, organisation: string, server: string, policy: string, mode: string, label: string, secretHash: string,
  issuedBy: string, issuedAtMs: number, expiresAtMs: number | null, revokedAtMs: number | null, registryOffset: number,
];
/** Erased ones have one more: the others are the same text as before there was erasure. */
type GrantRow = KeptGrantRow | [...KeptGrantRow, erasedAtMs: number];

interface Snapshot {
  readonly format: number;
  readonly created: RegistryState['created'];
  readonly organisations: readonly string[];
  readonly credentials: readonly CredentialRecord[];
  readonly servers: readonly (ServerRecord & { readonly organisation: string })[];
  readonly documents: readonly (readonly [version: string, document: string])[];
  readonly publications: readonly PublicationRecord[];
  readonly grants: readonly GrantRow[];
  /** Missing while there are none: the text is then the same as before there were tools. */
  readonly tools?: readonly ToolsRow[];
}

/** Canonical: lists are in the order of the events that made them, and the keys of every object are sorted. */
export function snapshot(state: RegistryState): Json {
  return {
    format: FORMAT,
    created: state.created && sorted({ ...state.created, event: sorted(state.created.event) }),
    organisations: [...state.organisations.keys()],
    credentials: [...state.credentials.values()].map(sorted),
    servers: [...state.organisations.values()].flatMap(({ organisation, servers }) =>
      [...servers.values()].map((server) => sorted({ ...server, organisation }))),
    documents: [...state.documents],
    publications: [...state.organisations.values()].flatMap(({ policies }) => [...policies.values()].flat().map(sorted)),
    grants: [...state.grants.values()].map(toRow),
    ...toolRows(state),
  };
}

/** Throws on a format that this version does not know; a reader then folds from an older snapshot or from the start. */
export function restore(json: Json): RegistryState {
  const taken = json as unknown as Snapshot;
  if (taken === null || typeof taken !== 'object' || taken.format !== FORMAT) {
    throw new Error(`unknown registry snapshot format, expected ${FORMAT}`);
  }
  const state = initialRegistryState();
  state.created = taken.created;
  for (const organisation of taken.organisations) organisationOf(state, organisation);
  for (const credential of taken.credentials) addCredential(state, credential);
  for (const { organisation, ...server } of taken.servers) addServer(state, organisation, server);
  for (const [version, document] of taken.documents) addDocument(state, version, document);
  for (const publication of taken.publications) addPublication(state, publication);
  for (const row of taken.grants) addGrant(state, fromRow(row));
  restoreTools(state, taken.tools ?? []);
  return state;
}

function sorted(record: object): Json {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))) as Json;
}

function toRow(grant: GrantRecord): GrantRow {
  const row: KeptGrantRow = [
    grant.grant_id, grant.organisation, grant.server_id, grant.policy_id, grant.mode, grant.label, grant.secret_hash,
    grant.issued_by, grant.issued_at_ms, grant.expires_at_ms, grant.revoked_at_ms, grant.registry_offset,
  ];
  return grant.erased_at_ms === null ? row : [...row, grant.erased_at_ms];
}

function fromRow(row: GrantRow): GrantRecord {
  const [grant_id, organisation, server_id, policy_id, mode, label, secret_hash, issued_by, issued_at_ms, expires_at_ms, revoked_at_ms, registry_offset, erased_at_ms = null] = row;
  return {
    grant_id, organisation, server_id, policy_id, mode: mode as GrantRecord['mode'], label, secret_hash, issued_by, issued_at_ms, expires_at_ms, revoked_at_ms, erased_at_ms, registry_offset,
  };
}
