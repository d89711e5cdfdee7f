import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { connect } from '#client';
import { assertReachSafely, readTls, serveOperations, startApp, startTracing, Tracing } from '#platform';
import type { Address, AppBase, BroughtAlong } from '#platform';
import { agentTokens } from './calls/agent-tokens.js';
import { Approvals } from './calls/approvals.js';
import { createHandler } from './calls/create-handler.js';
import { GatewayMetrics } from './calls/gateway-metrics.js';
import { ToolObserver } from './calls/tool-observer.js';
import type { McpGatewayConfig } from './config.js';
import { DeciderHealth } from './decider-health.js';
import { docketChannel } from './docket-channel.js';
import { McpServer } from './edge/mcp.server.js';
import { McpGatewayModule } from './mcp-gateway.module.js';
import type { ToolPins } from './ports.js';
import { pinStore } from './tool-pins/pin-store.js';
import { RegistryToolPins } from './tool-pins/registry.tool-pins.js';
import { brokerTokens } from './upstreams/broker-tokens.js';
import { UpstreamPool } from './upstreams/upstream-pool.js';

/** What a process that holds several apps, or a spec, brings along itself. What is brought is not closed here. */
export interface McpGatewayOverrides extends BroughtAlong {
  readonly pins?: ToolPins;
  /** How long a call is held while people decide. */
  readonly holdMs?: number;
  /** false: somebody else serves the metrics. */
  readonly http?: false;
}

export interface McpGatewayApp {
  readonly mcpAddress: Address;
  /** Undefined where somebody else serves the metrics. */
  readonly httpAddress: Address | undefined;
  /** Whether it takes traffic now: not without a decider. */
  readonly isServing: () => boolean;
  /** Takes nothing new → requests under way end → outcomes are reported → upstreams are closed. Resolves to whether all of it went well. */
  stop(): Promise<boolean>;
}

/**
 * Starts an MCP gateway: resolves when it listens. This is the one place that names adapters. Rejects with a DocketError, after
 * everything that was already up has been stopped.
 */
export async function createApp(config: McpGatewayConfig, overrides: McpGatewayOverrides = {}): Promise<McpGatewayApp> {
  return startApp({ app: 'mcp-gateway', node: config.node, level: config.logging.level }, overrides, (base) => start(config, overrides, base));
}

async function start(config: McpGatewayConfig, overrides: McpGatewayOverrides, base: AppBase): Promise<McpGatewayApp> {
  const { logger, lifecycle, metrics } = base;
  const tls = readTls(config.transport);
  const { addresses, tokensAddress, credential } = config.docket;
  const { tls: clientTls, channel } = docketChannel(config);
  assertReachSafely('MCP_LISTEN', config.mcp.listen, config.transport, logger);
  let isServing = (): boolean => false;
  const http = overrides.http === false ? undefined : await serveOperations(base, { listen: config.http.listen, listenName: 'MCP_HTTP_LISTEN', transport: config.transport, ready: () => isServing() });

  const tracing = (await startTracing(base, config.tracing)) ?? Tracing.off();
  const health = new DeciderHealth(addresses, channel);
  lifecycle.onStop('health', () => health.stop());
  const docket = connect({ addresses, credential: () => credential.reveal(), tls: clientTls });
  lifecycle.onStop('decider client', () => docket.close());
  const tokens = agentTokens({ address: tokensAddress, channel, credential, tracing });
  lifecycle.onStop('token broker client', () => tokens.close());
  const approvals = new Approvals({ docket, logger, ...(overrides.holdMs !== undefined && { holdMs: overrides.holdMs }) });
  lifecycle.onStop('approvals', () => approvals.drained());
  const upstreams = new UpstreamPool({
    servers: config.servers, tokens: brokerTokens({ address: tokensAddress, channel, credential, tracing }), transport: { allowLoopback: config.upstreamsOnLoopback }, logger, metrics,
  });
  lifecycle.onStop('upstreams', () => upstreams.close());
  const kept = new RegistryToolPins({ store: pinStore({ addresses, channel, credential }), servers: config.servers, logger });
  lifecycle.onStop('pins client', () => kept.close());
  const pins: ToolPins = overrides.pins ?? kept;

  const handler = createHandler({ docket, approvals, tokens, pins, upstreams, servers: config.servers, credential, consoleUrl: config.console.publicUrl, metrics: new GatewayMetrics(metrics), logger, wallMs: () => Date.now(), tracing });
  lifecycle.onStop('outcomes', () => handler.stop());
  const server = new McpServer({ listen: config.mcp.listen, listenName: 'MCP_LISTEN', publicUrl: config.mcp.publicUrl, allowedOrigins: config.mcp.allowedOrigins, tls, handler, logger, metrics });
  const app = await NestFactory.createMicroservice(McpGatewayModule.with(handler), { strategy: server, logger: false });
  lifecycle.onStop('MCP', async () => {
    const finished = await server.drain(config.drainTimeoutMs);
    await app.close();
    if (!finished) throw new Error(`some requests did not end within ${config.drainTimeoutMs} ms and were cut`);
  });
  await health.start();
  if (pins === kept) kept.start();
  await app.listen();

  const observer = new ToolObserver({ serverIds: [...config.servers.keys()], upstreams, pins, logger });
  lifecycle.onStop('looking at tools', () => observer.stop());
  isServing = () => health.isServing && handler.isReady;
  // A server that is not there yet holds nobody up.
  void observer.start();
  return { mcpAddress: server.address, httpAddress: http?.address, isServing: () => isServing(), stop: () => lifecycle.stop() };
}
