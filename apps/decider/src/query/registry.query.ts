import type { query } from '#contracts';
import type { List, Lists, QueryContext } from './lists.js';
import { RequestFields } from './request.fields.js';
import { timestamp } from './times.js';

export const REGISTRY_TOPIC = 'docket.registry';

const GRANT_STATES: Readonly<Record<string, string>> = {
  ACTIVE: 'revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())', REVOKED: 'revoked_at IS NOT NULL', EXPIRED: 'revoked_at IS NULL AND expires_at <= now()', ERASED: 'erased_at IS NOT NULL',
};

interface GrantRow {
  readonly grant_id: string; readonly server_id: string; readonly policy_id: string; readonly mode: string; readonly label: string; readonly issued_by: string; readonly issued_at: Date;
  readonly expires_at: Date | null; readonly revoked_by: string | null; readonly revoked_at: Date | null; readonly erased_by: string | null; readonly erased_at: Date | null; readonly log_offset: string;
}
interface ServerRow { readonly server_id: string; readonly name: string; readonly registered_by: string; readonly registered_at: Date; readonly log_offset: string }
interface PolicyRow { readonly policy_id: string; readonly version: string; readonly in_force: boolean; readonly published_by: string; readonly published_at: Date; readonly log_offset: string }

/** ListGrants: a grant's id begins with its time, so this is the order they were issued in. */
export async function listGrants(lists: Lists, request: query.ListGrantsRequest__Output, context: QueryContext): Promise<query.ListGrantsResponse> {
  const fields = new RequestFields();
  const filters = {
    serverId: fields.text('server_id', request.serverId), policyId: fields.text('policy_id', request.policyId),
    state: fields.oneOf('state', request.state, 'GRANT_STATE_UNSPECIFIED', Object.keys(GRANT_STATES)),
  };
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, REGISTRY_TOPIC), filters };
  fields.done();
  const list: List<GrantRow, query.Grant> = {
    method: 'ListGrants', projection: 'grants', isDescending: false, keys: [{ column: 'grant_id', type: 'text', of: ({ grant_id }) => grant_id }],
    select: (where, organisation) => {
      where.equal('organisation', organisation).equal('server_id', filters.serverId).equal('policy_id', filters.policyId);
      const state = GRANT_STATES[filters.state];
      if (state !== undefined) where.also(`(${state})`);
      return `SELECT grant_id, server_id, policy_id, mode, label, issued_by, issued_at, expires_at, revoked_by, revoked_at, erased_by, erased_at, log_offset FROM docket.grants${where}`;
    },
    message: (row) => ({
      grantId: row.grant_id, serverId: row.server_id, policyId: row.policy_id, mode: row.mode, label: row.label, issuedBy: row.issued_by, issuedAt: timestamp(row.issued_at),
      expiresAt: timestamp(row.expires_at), revokedBy: row.revoked_by ?? '', revokedAt: timestamp(row.revoked_at), erasedBy: row.erased_by ?? '', erasedAt: timestamp(row.erased_at), registryOffset: Number(row.log_offset),
    }),
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { grants: items, nextPageToken, asOf };
}

export async function listServers(lists: Lists, request: query.ListServersRequest__Output, context: QueryContext): Promise<query.ListServersResponse> {
  const fields = new RequestFields();
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, REGISTRY_TOPIC), filters: {} };
  fields.done();
  const list: List<ServerRow, query.Server> = {
    method: 'ListServers', projection: 'servers', isDescending: false, keys: [{ column: 'server_id', type: 'text', of: ({ server_id }) => server_id }],
    select: (where, organisation) => `SELECT server_id, name, registered_by, registered_at, log_offset FROM docket.servers${where.equal('organisation', organisation)}`,
    message: (row) => ({ serverId: row.server_id, name: row.name, registeredBy: row.registered_by, registeredAt: timestamp(row.registered_at), registryOffset: Number(row.log_offset) }),
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { servers: items, nextPageToken, asOf };
}

/** ListPolicies: every publication, without its document. */
export async function listPolicies(lists: Lists, request: query.ListPoliciesRequest__Output, context: QueryContext): Promise<query.ListPoliciesResponse> {
  const fields = new RequestFields();
  const filters = { policyId: fields.text('policy_id', request.policyId), inForceOnly: request.inForceOnly };
  const page = { pageSize: fields.pageSize(request.pageSize), pageToken: request.pageToken, atLeast: fields.receipt('at_least', request.atLeast, REGISTRY_TOPIC), filters };
  fields.done();
  const list: List<PolicyRow, query.PolicyPublication> = {
    method: 'ListPolicies', projection: 'policies', isDescending: true, keys: [{ column: 'log_offset', type: 'bigint', of: ({ log_offset }) => log_offset }],
    select: (where, organisation) => {
      where.equal('organisation', organisation).equal('policy_id', filters.policyId);
      if (filters.inForceOnly) where.also('in_force');
      return `SELECT policy_id, version, in_force, published_by, published_at, log_offset FROM docket.policies${where}`;
    },
    message: (row) => ({
      policyId: row.policy_id, version: row.version, inForce: row.in_force, publishedBy: row.published_by, publishedAt: timestamp(row.published_at), registryOffset: Number(row.log_offset),
    }),
  };
  const { items, nextPageToken, asOf } = await lists.page(list, page, context);
  return { policies: items, nextPageToken, asOf };
}
