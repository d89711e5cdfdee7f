import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { CLUSTER_API, ClusterController } from '#platform';
import type { ClusterApi } from '#platform';
import type { ApprovalApi } from './approvals/approval-api.js';
import { ApprovalController } from './approvals/approval.controller.js';
import type { DecisionApi } from './decision-api.js';
import { DecisionController } from './decision.controller.js';
import { APPROVAL_API, DECISION_API, NODE_API, QUERY_API } from './provided.js';
import type { QueryApi } from './query/query-api.js';
import { QueryController } from './query/query.controller.js';
import { REGISTRY_API, RegistryController } from './registry/registry.controller.js';
import type { RegistryApi } from './registry/registry.controller.js';
import { TOOLS_API, ToolsController } from './registry/tools.controller.js';
import type { ToolsApi } from './registry/tools.controller.js';
import type { NodeApi } from './scopes/node-api.js';
import { NodeController } from './scopes/node.controller.js';

/** The decider's gRPC services over what the composition root has made. */
@Module({})
export class DeciderModule {
  static with(apis: { readonly decisions: DecisionApi; readonly approvals: ApprovalApi; readonly query: QueryApi; readonly registry: RegistryApi; readonly tools: ToolsApi; readonly cluster: ClusterApi; readonly nodes: NodeApi }): DynamicModule {
    return {
      module: DeciderModule,
      controllers: [DecisionController, ApprovalController, QueryController, RegistryController, ToolsController, ClusterController, NodeController],
      providers: [
        { provide: DECISION_API, useValue: apis.decisions },
        { provide: APPROVAL_API, useValue: apis.approvals },
        { provide: QUERY_API, useValue: apis.query },
        { provide: NODE_API, useValue: apis.nodes },
        { provide: CLUSTER_API, useValue: apis.cluster },
        { provide: REGISTRY_API, useValue: apis.registry },
        { provide: TOOLS_API, useValue: apis.tools },
      ],
    };
  }
}
