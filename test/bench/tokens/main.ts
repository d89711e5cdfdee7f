import { cachedReads, coldCallers, leakShapes, sealing, stragglers } from './in-process.js';
import { lifetimes } from './lifetimes.js';
import { mcpClient } from './mcp-client.js';
import { overGrpc } from './over-grpc.js';
import { tableOf, type TokenRow } from './row.js';

/** `npm run bench -- --tokens`: what the token broker costs, and what it saves. Prints a table; the rows are for storing. */
export async function benchTokens(say: (line: string) => void): Promise<TokenRow[]> {
  const rows: TokenRow[] = [];
  for (const [name, run] of [
    ['cached reads', cachedReads], ['cold callers', coldCallers], ['late 401s', stragglers], ['sealing', sealing], ['leaks', leakShapes], ['MCP client', mcpClient], ['over gRPC', overGrpc],
    ['10,000 connections', () => lifetimes(say)],
  ] as const) {
    say(`measuring  ${name}`);
    rows.push(...await run());
  }
  say(`\n${tableOf(rows)}\n`);
  return rows;
}
