/** One server behind the MCP gateway, as an agent's client reaches it. */
export interface McpServerAt {
  readonly serverId: string;
  readonly grantToken: string;
}

/** What is pasted into the configuration of an MCP client; holds grant tokens. @param gateway `http://127.0.0.1:7420` */
export function mcpClientSnippet(gateway: string, servers: readonly McpServerAt[]): string {
  const entries = servers.map(({ serverId, grantToken }) => [`docket-${serverId}`, { type: 'http', url: `${gateway}/mcp/${serverId}`, headers: { Authorization: `Bearer ${grantToken}` } }] as const);
  return JSON.stringify({ mcpServers: Object.fromEntries(entries) }, null, 2);
}
