import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { DecisionApi } from './decision-api.js';
import { DecisionController } from './decision.controller.js';
import { DECISION_API } from './provided.js';
import { REGISTRY_API, RegistryController } from './registry/registry.controller.js';
import type { RegistryApi } from './registry/registry.controller.js';

/** The decider's gRPC services over what the composition root has made. */
@Module({})
export class DeciderModule {
  static with(apis: { readonly decisions: DecisionApi; readonly registry: RegistryApi }): DynamicModule {
    return {
      module: DeciderModule,
      controllers: [DecisionController, RegistryController],
      providers: [{ provide: DECISION_API, useValue: apis.decisions }, { provide: REGISTRY_API, useValue: apis.registry }],
    };
  }
}
