import { DocketClient } from './docket-client.js';
import { readOptions } from './options.js';
import type { ConnectOptions } from './options.js';

/**
 * A client of Docket. Connects when it is first used, and again whenever it has to.
 *
 *     const docket = connect({ addresses: ['127.0.0.1:7400'], credential });
 *     const decision = await docket.decide({ grant, tool: 'create_charge', arguments: '{"amount":20}' });
 *     if (decision.allowed) await forward();
 *
 * Throws DocketError invalid_argument if an option is wrong.
 */
export function connect(options: ConnectOptions): DocketClient {
  return new DocketClient(readOptions(options));
}
