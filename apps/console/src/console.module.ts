import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import type { Pages } from './http/pages.js';

/** What the composition root provides. */
export const PAGES = Symbol('Pages');

/** The console over what the composition root has made; its one transport is HTTP. */
@Module({})
export class ConsoleModule {
  static with(pages: Pages): DynamicModule {
    return { module: ConsoleModule, providers: [{ provide: PAGES, useValue: pages }] };
  }
}
