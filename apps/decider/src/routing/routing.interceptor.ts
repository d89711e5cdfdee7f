import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { onwardOf } from '#platform';
import type { Patience } from '../patience.js';
import type { Route, Routes } from './routes.js';

/** Sends each unary call to the node that has to answer it: this one, or the owner of the partition that the call is about. */
@Injectable()
export class RoutingInterceptor implements NestInterceptor {
  constructor(private readonly routes: Routes, private readonly patience: Patience) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rpc = context.switchToRpc();
    const metadata = rpc.getContext<Metadata>();
    const request = rpc.getData<object>();
    const route: Route | undefined = this.routes.find(context.getClass().name, context.getHandler().name, request);
    if (route === undefined) return next.handle();
    const deadline = context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2).getDeadline();
    const { routing, partition, service, method, isRepeatable } = route;
    return from(routing.answer({
      partition, service, method, isRepeatable, request, onward: onwardOf(metadata, deadline), deadlineMs: this.patience.deadlineMs(deadline),
      here: () => lastValueFrom(next.handle()),
    }));
  }
}
