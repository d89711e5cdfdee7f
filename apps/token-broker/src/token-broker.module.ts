import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CLUSTER_API, ClusterController } from '#platform';
import type { ClusterApi } from '#platform';
import type { ConnectionApi } from './api/connection-api.js';
import { ConnectionController } from './api/connection.controller.js';
import type { TokenApi } from './api/token-api.js';
import { TokenController } from './api/token.controller.js';
import { CONNECTION_API, TOKEN_API } from './provided.js';

/** The token broker's gRPC services over what the composition root has made. */
@Module({})
export class TokenBrokerModule {
  static with(apis: { readonly tokens: TokenApi; readonly connections: ConnectionApi; readonly cluster: ClusterApi }): DynamicModule {
    return {
      module: TokenBrokerModule,
      controllers: [TokenController, ConnectionController, ClusterController],
      providers: [{ provide: TOKEN_API, useValue: apis.tokens }, { provide: CONNECTION_API, useValue: apis.connections }, { provide: CLUSTER_API, useValue: apis.cluster }],
    };
  }
}
