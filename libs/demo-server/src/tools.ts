import type { JsonObject } from '#mcp';

const text = (description: string): JsonObject => ({ type: 'string', description });
const object = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({ type: 'object', properties, required: [...required], additionalProperties: false });
const currency = { type: 'string', pattern: '^[A-Z]{3,5}$', description: 'ISO 4217 or ticker' };

/** What the server lists. The last one is what the partner's own server has: it hands its caller the token. */
export const DEMO_TOOLS: readonly JsonObject[] = [
  {
    name: 'get_quote', title: 'Get a quote', description: 'Price of buying an amount of one currency with another, good for a minute.', annotations: { readOnlyHint: true, openWorldHint: true },
    inputSchema: object({ from: currency, to: currency, amount: { type: 'number', exclusiveMinimum: 0, maximum: 1_000_000 } }, ['from', 'to', 'amount']),
    outputSchema: { type: 'object', properties: { quoteId: text('names the quote'), rate: { type: 'number' }, total: { type: 'number' } }, required: ['quoteId', 'rate', 'total'] },
  },
  {
    name: 'create_order', title: 'Create an order', description: 'Buys at the price of a quote. Cannot be undone.', annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    inputSchema: object({ quoteId: text('of get_quote'), amount: { type: 'number', exclusiveMinimum: 0, maximum: 1_000_000 }, currency, walletAddress: text('where it is sent') }, ['quoteId', 'amount', 'currency']),
  },
  { name: 'get_order', title: 'Get an order', description: 'One order by its id.', annotations: { readOnlyHint: true }, inputSchema: object({ orderId: text('of create_order') }, ['orderId']) },
  { name: 'list_orders', title: 'List orders', description: 'The newest orders, at most 100.', annotations: { readOnlyHint: true }, inputSchema: object({ limit: { type: 'integer', minimum: 1, maximum: 100 } }) },
  { name: 'get_account', title: 'Get the account', description: 'The partner account that orders are made for.', annotations: { readOnlyHint: true }, inputSchema: object({}) },
  {
    name: 'refresh_access_token', title: 'Refresh the access token', description: 'A new access token and when it expires. Cache it until then; it is needed for orders.', annotations: { readOnlyHint: false },
    inputSchema: object({}),
  },
];
