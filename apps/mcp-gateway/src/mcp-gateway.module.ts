import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { McpHandler } from './ports.js';

/** What the composition root provides. */
export const MCP_HANDLER = Symbol('McpHandler');

/** The gateway over what the composition root has made; its one transport is the edge. */
@Module({})
export class McpGatewayModule {
  static with(handler: McpHandler): DynamicModule {
    return { module: McpGatewayModule, providers: [{ provide: MCP_HANDLER, useValue: handler }] };
  }
}
