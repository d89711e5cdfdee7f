/** Revisions of the protocol that requests for themselves speak: newest first. */
export const MODERN_VERSIONS = ['2026-07-28'] as const;

/**
 * Revisions with `initialize` and sessions, newest first. 2025-03-26 is not offered: it alone had batches, of which every element
 * would have to be decided on its own.
 */
export const LEGACY_VERSIONS = ['2025-11-25', '2025-06-18'] as const;

/** What a client of the legacy era may name in `MCP-Protocol-Version`; without the header it is taken for the oldest. */
const LEGACY_HEADER_VERSIONS: ReadonlySet<string> = new Set([...LEGACY_VERSIONS, '2025-03-26']);

export function isModernVersion(version: string): boolean {
  return (MODERN_VERSIONS as readonly string[]).includes(version);
}

/** Whether a request of a session may say that it is of this version. */
export function isLegacyHeaderVersion(version: string): boolean {
  return LEGACY_HEADER_VERSIONS.has(version);
}

/** The version that `initialize` is answered with: the one asked for if it is offered, else our latest. */
export function negotiatedVersion(asked: string): string {
  return (LEGACY_VERSIONS as readonly string[]).includes(asked) ? asked : LEGACY_VERSIONS[0];
}

/** Keys of `_meta` that the modern envelope consists of. */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  logLevel: 'io.modelcontextprotocol/logLevel',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
} as const;
