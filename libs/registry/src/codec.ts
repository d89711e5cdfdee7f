import { z } from 'zod';
import { RISK_CLASSES } from '#tools';
import type { RegistryEvent } from './model.js';

/** Structurally the ledger's `Json`; pure libs do not import the ledger. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Structurally the ledger's `EncodedEvent`. */
export interface EncodedEvent {
  readonly type: string;
  readonly subject: string;
  readonly data: Json;
}

const text = z.string();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const wholeNumber = z.int().nonnegative();
const mode = z.enum(['enforce', 'observe']);
const toolHash = z.strictObject({ tool: text, hash });
const role = z.enum(['gateway', 'admin', 'approver', 'auditor']);

/** One schema an event type and version; strict, so that a reader never drops a field that it does not know. */
const schemas = {
  RegistryCreated: z.strictObject({
    organisation: text,
    decisions_partitions: z.int().positive(),
    tokens_partitions: z.int().positive(),
    partition_hash: z.literal('murmur2'),
    call_id_memory_ms: z.int().positive(),
    call_id_ahead_ms: z.int().positive(),
  }),
  CredentialIssued: z.strictObject({
    credential_id: text,
    organisation: text,
    subject: text,
    roles: z.array(role),
    server_ids: z.array(text),
    secret_hash: hash,
    actor: text,
  }),
  CredentialRevoked: z.strictObject({ credential_id: text, actor: text }),
  ServerRegistered: z.strictObject({ organisation: text, server_id: text, name: text, actor: text }),
  PolicyPublished: z.strictObject({ organisation: text, policy_id: text, version: hash, document: text, actor: text }),
  GrantIssued: z.strictObject({
    organisation: text,
    grant_id: text,
    server_id: text,
    policy_id: text,
    mode,
    label: text,
    secret_hash: hash,
    expires_at_ms: wholeNumber.nullable(),
    actor: text,
  }),
  PolicyAttached: z.strictObject({ grant_id: text, policy_id: text, mode, actor: text }),
  GrantRevoked: z.strictObject({ grant_id: text, actor: text }),
  GrantErased: z.strictObject({ grant_id: text, actor: text }),
  ToolTextStored: z.strictObject({
    organisation: text, server_id: text, tool: text, hash, hash_formula: z.int().positive(), text, actor: text,
  }),
  ToolsReported: z.strictObject({
    organisation: text, server_id: text, instructions: z.union([hash, z.literal('')]), tools: z.array(toolHash), trusted: z.boolean(), actor: text,
  }),
  ToolsApproved: z.strictObject({ organisation: text, server_id: text, tools: z.array(toolHash), actor: text }),
  ToolRiskSet: z.strictObject({ organisation: text, server_id: text, tool: text, risk_class: z.enum(RISK_CLASSES).nullable(), actor: text }),
  ToolChurnSet: z.strictObject({ organisation: text, server_id: text, rules: z.array(z.strictObject({ tool: text, pattern: text })), actor: text }),
} satisfies Record<RegistryEvent['type'], z.ZodType>;

const PREFIX = 'docket.registry.';
const SUFFIX = '.v1';

/**
 * CloudEvents attributes and data of an event. The data carries no `type` of its own: the envelope has it. Throws on an
 * event that `decode` would refuse: what no reader could fold must not get into the log.
 */
export function encode(event: RegistryEvent): EncodedEvent {
  const { type, ...data } = event;
  return { type: `${PREFIX}${type}${SUFFIX}`, subject: subjectOf(event), data: schemas[type].parse(data) as Json };
}

/** Throws on a type or a shape that it does not know. */
export function decode(encoded: EncodedEvent): RegistryEvent {
  const name = encoded.type.startsWith(PREFIX) && encoded.type.endsWith(SUFFIX)
    ? encoded.type.slice(PREFIX.length, -SUFFIX.length)
    : '';
  if (!Object.hasOwn(schemas, name)) throw new Error(`unknown registry event type ${encoded.type}`);
  const type = name as RegistryEvent['type'];
  const parsed = schemas[type].safeParse(encoded.data);
  if (!parsed.success) throw new Error(`malformed ${encoded.type}: ${describe(parsed.error)}`);
  return { type, ...parsed.data } as RegistryEvent;
}

/** The object that an event is about. */
export function subjectOf(event: RegistryEvent): string {
  switch (event.type) {
    case 'RegistryCreated': return event.organisation;
    case 'CredentialIssued':
    case 'CredentialRevoked': return event.credential_id;
    case 'ServerRegistered':
    case 'ToolTextStored':
    case 'ToolsReported':
    case 'ToolsApproved':
    case 'ToolRiskSet':
    case 'ToolChurnSet': return event.server_id;
    case 'PolicyPublished': return event.policy_id;
    case 'GrantIssued':
    case 'PolicyAttached':
    case 'GrantRevoked':
    case 'GrantErased': return event.grant_id;
  }
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `/${issue.path.join('/')} ${issue.message}`).join('; ');
}
