import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { DemoServer, partnerAccepts } from '#demo-server';
import { DEMO_CONNECTIONS, DemoPartners } from '#fake-partner';
import { EmbeddedPostgres, findKafka, KafkaCluster, makeNodeCertificates } from '#local-services';
import { ensureDataFolder, EVERYTHING, mcpClientSnippet, panel, shownPath } from '#platform';
import { AppProcess } from './app-process.js';
import type { ClusterConfig } from './config.js';
import { addToCredentials, readCredentials } from './credentials.file.js';
import { ensureDemonstration } from './demonstration.js';
import { assertFree, freeListeners } from './listeners.js';
import { writeMcpServers } from './mcp-servers.js';

const APP_READY_MS = 90_000;

type Started = EmbeddedPostgres | KafkaCluster | AppProcess;

/** Kafka, PostgreSQL and the apps, each a process of its own, started in this order and stopped in the other. */
export class Cluster {
  /** Rejects when something that should run has ended, with the end of its log. */
  readonly failed: Promise<never>;
  #fail: (error: Error) => void = () => undefined;
  readonly #running: { readonly name: string; readonly stop: () => Promise<unknown> }[] = [];
  #stopping: Promise<boolean> | undefined;

  constructor(private readonly config: ClusterConfig, private readonly say: (line: string) => void) {
    this.failed = new Promise((_, reject) => { this.#fail = reject; });
    this.failed.catch(() => undefined);
  }

  /** Resolves with the panel to print. Rejects with one clear message; what is up already is left to `stop`. */
  async start(): Promise<string> {
    const startedMs = performance.now();
    const { config } = this;
    const kafkaFound = findKafka({});
    if (!kafkaFound.available) throw new Error(`npm run cluster starts Apache Kafka, but there is ${kafkaFound.why}`);
    await ensureDataFolder(config.folder);
    // First, because its lock on the folder tells whether another Docket works on this data.
    const postgres = await this.#up('PostgreSQL', () => EmbeddedPostgres.start({ folder: join(config.folder, 'postgres'), onLost: (error) => this.#fail(error) }), (server) => server.stop());
    await assertFree({ GRPC_LISTEN: config.grpcListen, HTTP_LISTEN: config.httpListen, PROJECTOR_HTTP_LISTEN: config.projectorHttpListen, TOKEN_BROKER_LISTEN: config.tokenBrokerListen, TOKEN_BROKER_HTTP_LISTEN: config.tokenBrokerHttpListen, MCP_LISTEN: config.mcpListen, MCP_HTTP_LISTEN: config.mcpHttpListen, CONSOLE_LISTEN: config.consoleListen, CONSOLE_HTTP_LISTEN: config.consoleHttpListen });
    const kafka = await this.#up('Kafka', () => KafkaCluster.start({ folder: join(config.folder, 'kafka'), brokers: config.brokers }), (cluster) => cluster.stop());
    for (const node of kafka.nodes) this.#watch(`Kafka broker ${node.nodeId}`, node.exited.then(() => 'its process is gone'), () => node.logTail());

    const shared = this.#environment(postgres, kafka);
    const deciders = [{ grpc: config.grpcListen, http: config.httpListen }, ...await freeListeners(config.deciders - 1)];
    const names = deciders.map((_, i) => (i === 0 ? 'decider' : `decider-${i + 1}`));
    // Made anew at every start; the authority's key is never written, so nobody can add a node from outside.
    const certificates = await makeNodeCertificates(join(config.folder, 'nodes'), [...names, 'token-broker']);
    for (const [i, { grpc, http }] of deciders.entries()) {
      const name = names[i]!;
      await this.#app('decider', { ...shared, ...certificates[name], GRPC_LISTEN: grpc, HTTP_LISTEN: http, ...(i > 0 && { NODE_NAME: name }) }, http, { name, isReplaceable: deciders.length > 1 });
    }
    await this.#app('projector', { ...shared, HTTP_LISTEN: config.projectorHttpListen }, config.projectorHttpListen);
    await this.#app('token-broker', { ...shared, ...certificates['token-broker'], TOKEN_BROKER_LISTEN: config.tokenBrokerListen, TOKEN_BROKER_HTTP_LISTEN: config.tokenBrokerHttpListen, TOKEN_ISSUERS_ON_LOOPBACK: 'true' }, config.tokenBrokerHttpListen);

    const known = await readCredentials(config.credentialsFile);
    const demo = await ensureDemonstration(config.grpcListen, known.credentials.admin, known.demo);
    const everything = await ensureDemonstration(config.grpcListen, known.credentials.admin, known.everything, EVERYTHING);
    const partners = await this.#partners(known.credentials.admin, demo.serverId, known.partners);
    const connection = DEMO_CONNECTIONS[0].id;
    const demoServer = await DemoServer.start({ accepts: partnerAccepts(partners[connection]!) });
    this.#running.push({ name: 'the demonstration server', stop: () => demoServer.stop() });
    const deciderAddresses = deciders.map(({ grpc }) => grpc).join(',');
    await this.#app('console', { ...shared, CONSOLE_LISTEN: config.consoleListen, CONSOLE_HTTP_LISTEN: config.consoleHttpListen, DOCKET_ADDRESS: deciderAddresses }, config.consoleHttpListen);
    const consoleUrl = config.environment['CONSOLE_PUBLIC_URL'] || `http://${config.consoleListen}`;
    await this.#app('mcp-gateway', {
      ...shared, MCP_SERVERS_FILE: config.environment['MCP_SERVERS_FILE'] ?? await writeMcpServers(config.folder, { demo, demoUrl: demoServer.url, connection, everything }), MCP_UPSTREAMS_ON_LOOPBACK: 'true',
      MCP_LISTEN: config.mcpListen, MCP_HTTP_LISTEN: config.mcpHttpListen, DOCKET_ADDRESS: deciderAddresses, CONSOLE_PUBLIC_URL: consoleUrl, DOCKET_TOKENS_ADDRESS: config.tokenBrokerListen,
      DOCKET_CREDENTIAL: undefined, DOCKET_CREDENTIAL_FILE: config.credentialsFile,
    }, config.mcpHttpListen);
    const mcp = `http://${config.mcpListen}`;
    await addToCredentials(config.credentialsFile, { grpc: config.grpcListen, deciders: deciders.map(({ grpc }) => grpc), tokens: config.tokenBrokerListen, partners, mcp, console: consoleUrl, demo, everything, database: postgres.connectionString, kafka: kafka.addresses });
    return panel({
      title: `${kafka.nodes.length === 1 ? 'one Kafka broker' : `${kafka.nodes.length} Kafka brokers`}, PostgreSQL and the apps, a process each`,
      addresses: [
        { name: 'gRPC', address: deciders.map(({ grpc }) => grpc).join(', ') },
        { name: 'tokens', address: config.tokenBrokerListen },
        { name: 'MCP', address: `${mcp}/mcp/${demo.serverId}, …/mcp/${everything.serverId} (agents call here)` },
        { name: 'console', address: `${consoleUrl} (approvals, for people; sign in with the credential of the approver in credentials.json)` },
        { name: 'partner', address: `${partners[DEMO_CONNECTIONS[0].id]} (a stand-in; what it was asked: /_fake/requests)` },
        { name: 'metrics', address: [...deciders.map(({ http }) => http), config.projectorHttpListen, config.tokenBrokerHttpListen, config.mcpHttpListen, config.consoleHttpListen].map((listen) => `http://${listen}/metrics`).join(', ') },
        { name: 'Kafka', address: kafka.addresses.join(',') },
        { name: 'logs', address: `${shownPath(config.folder)}/*.log, kafka/broker-*/broker.log` },
      ],
      credentialsFile: config.credentialsFile, grpcAddress: config.grpcListen, tokenConnection: connection, mcpSnippet: mcpClientSnippet(mcp, [demo, everything]),
      ...demo, readyInMs: performance.now() - startedMs,
    });
  }

  /** Partners for the demonstration's connections, in this process; and the connections. Resolves to where they listen. */
  async #partners(adminToken: string, serverId: string, before: Readonly<Record<string, string>> | undefined): Promise<Readonly<Record<string, string>>> {
    this.#refuseWhenStopping();
    const partners = await DemoPartners.start(before);
    this.#running.push({ name: 'the demonstration partners', stop: () => partners.stop() });
    await partners.register({ address: this.config.tokenBrokerListen, channel: credentials.createInsecure(), adminToken, serverId });
    return partners.urls;
  }

  /** Stops what runs, the last one first; once. Resolves to whether all of it stopped cleanly. */
  stop(): Promise<boolean> {
    this.#stopping ??= (async () => {
      let clean = true;
      for (let step = this.#running.pop(); step !== undefined; step = this.#running.pop()) {
        const { name, stop } = step;
        await stop().catch((error: unknown) => {
          clean = false;
          this.say(`${name} did not stop cleanly: ${(error as Error).message}`);
        });
      }
      return clean;
    })();
    return this.#stopping;
  }

  async #up<T extends Started>(name: string, start: () => Promise<T>, stop: (started: T) => Promise<unknown>, ready: (started: T) => Promise<void> = async () => undefined): Promise<T> {
    this.#refuseWhenStopping();
    const startedMs = performance.now();
    const started = await start();
    if (this.#stopping !== undefined) await stop(started);
    this.#refuseWhenStopping();
    this.#running.push({ name, stop: () => stop(started) });
    await ready(started);
    this.say(`${name} is up (${((performance.now() - startedMs) / 1000).toFixed(1)} s, process ${processes(started)})`);
    return started;
  }

  #refuseWhenStopping(): void {
    if (this.#stopping !== undefined) throw new Error('stopped while starting');
  }

  /** @param as its own name, if there are several; `isReplaceable`: the others go on without it */
  async #app(app: string, environment: Readonly<Record<string, string | undefined>>, httpListen: string, as: { readonly name: string; readonly isReplaceable: boolean } = { name: app, isReplaceable: false }): Promise<void> {
    const { name } = as;
    const entry = fileURLToPath(new URL(`../../${app}/src/main.js`, import.meta.url));
    if (!existsSync(entry)) return;
    const started = await this.#up(`the ${name}`, () => AppProcess.launch({
      name, entry, environment, logFile: join(this.config.folder, `${name}.log`),
      readyUrl: `http://${httpListen}/readyz`, readyTimeoutMs: APP_READY_MS,
    }), (process) => process.stop(), (process) => process.ready());
    if (!as.isReplaceable) return this.#watch(`the ${name}`, started.exited, () => started.logTail());
    void started.exited.then((how) => {
      if (this.#stopping === undefined) this.say(`the ${name} ended (${how}); the others take over its partitions`);
    });
  }

  #watch(name: string, ended: Promise<string>, logTail: () => Promise<string>): void {
    void ended.then(async (how) => {
      if (this.#stopping === undefined) this.#fail(new Error(`${name} ended (${how}); the end of its log:\n${await logTail()}`));
    });
  }

  #environment(postgres: EmbeddedPostgres, kafka: KafkaCluster): Record<string, string | undefined> {
    const { config } = this;
    return {
      ...config.environment,
      LOG: 'kafka',
      KAFKA_BROKERS: kafka.addresses.join(','),
      KAFKA_ALLOW_SINGLE_REPLICA: String(kafka.nodes.length === 1),
      DATABASE_URL: postgres.connectionString,
      DATA_DIR: config.folder,
      KEYRING_FILE: join(config.folder, 'keyring.json'),
      KEYRING_CREATE: 'true',
      CREDENTIALS_RENEW: 'true',
      CREDENTIALS_FILE: config.credentialsFile,
    };
  }
}

/** Named so that a person can try what happens when one is killed. */
function processes(started: Started): string {
  return started instanceof KafkaCluster ? started.nodes.map(({ pid }) => pid).join(', ') : String(started.pid);
}
