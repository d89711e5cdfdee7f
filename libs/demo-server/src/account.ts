import { isObject, isRawNumber, type Json, type JsonObject } from '#mcp';

const ORDERS_MAX = 1_000;

interface Order { readonly orderId: string; readonly currency: string; readonly amount: Json; readonly state: string }

/** Made-up money of a made-up partner. */
export class Account {
  readonly #orders = new Map<string, Order>();
  #count = 0;

  /** The result of a call: undefined for a tool that there is not. */
  call(name: string, args: JsonObject): JsonObject | undefined {
    switch (name) {
      case 'get_quote': return this.#quote(args);
      case 'create_order': return this.#create(args);
      case 'get_order': {
        const order = this.#orders.get(String(args['orderId']));
        return order === undefined ? failed('there is no such order') : answered({ ...order });
      }
      case 'list_orders': return answered({ orders: [...this.#orders.values()].slice(-limitOf(args['limit'])).reverse().map((order) => ({ ...order })) });
      case 'get_account': return answered({ name: 'Demonstration partner', currency: 'EUR', orders: this.#orders.size });
      // Only a gateway that keeps the partner's secret can, and it does not ask here.
      case 'refresh_access_token': return failed('this server keeps no secret to make tokens with: its gateway answers this tool');
      default: return undefined;
    }
  }

  #quote({ from, to, amount }: JsonObject): JsonObject {
    const rate = rateOf(String(from), String(to));
    const total = Math.round(numberOf(amount) * rate * 100) / 100;
    return answered({ quoteId: `quote-${(this.#count += 1)}`, rate, total });
  }

  #create({ amount = 0, currency }: JsonObject): JsonObject {
    const orderId = `order-${(this.#count += 1)}`;
    const order = { orderId, currency: String(currency), amount, state: 'PROCESSING' };
    this.#orders.set(orderId, order);
    if (this.#orders.size > ORDERS_MAX) this.#orders.delete(this.#orders.keys().next().value!);
    return answered(order);
  }
}

function answered(value: JsonObject): JsonObject {
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
}

function failed(why: string): JsonObject {
  return { content: [{ type: 'text', text: why }], isError: true };
}

/** Always the same for two names. */
function rateOf(from: string, to: string): number {
  const weight = (name: string): number => [...name].reduce((sum, char) => sum + char.charCodeAt(0), 0);
  return Math.round((weight(to) / Math.max(1, weight(from))) * 10_000) / 10_000;
}

function numberOf(value: Json | undefined): number {
  return isRawNumber(value) ? Number(value.rawJSON) : typeof value === 'number' ? value : 0;
}

function limitOf(value: Json | undefined): number {
  return Math.min(100, Math.max(1, isObject(value) ? 100 : numberOf(value) || 100));
}
