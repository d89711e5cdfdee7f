import type { Registry } from 'prom-client';
import { readTls, Secret } from '#platform';
import type { Lifecycle, Logger } from '#platform';
import { consoleConfig } from '../../console/src/config.js';
import { createApp, type ConsoleApp } from '../../console/src/create-app.js';

export interface ConsoleOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly lifecycle: Lifecycle;
  readonly deciderAddress: string;
  /** Of the approver that the first credentials are for; undefined if there is none. */
  readonly credential: string | undefined;
}

/** The console in this process, with a link that signs whoever started it in, once. */
export async function startConsole({ environment, logger, metrics, lifecycle, deciderAddress, credential }: ConsoleOptions): Promise<{ readonly app: ConsoleApp; readonly link: string | undefined }> {
  const config = consoleConfig({ ...environment, DOCKET_ADDRESS: deciderAddress });
  // In this very process, whatever name its certificate has.
  const certificate = readTls(config.transport)?.cert;
  const docket = { ...config.docket, tls: certificate !== undefined, caFile: undefined, ...(certificate !== undefined && { certificate }) };
  const app = await createApp({ ...config, docket }, { logger, metrics, http: false });
  lifecycle.onStop('console', async () => {
    if (!(await app.stop())) throw new Error('the console did not stop cleanly');
  });
  return { app, link: credential === undefined ? undefined : app.signInLink(new Secret(credential)) };
}
