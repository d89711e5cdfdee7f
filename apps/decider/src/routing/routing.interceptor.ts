import type { Metadata, ServerUnaryCall } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { DocketError } from '#errors';
import { onwardOf, setTrailers } from '#platform';
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
    const call = context.getArgByIndex<ServerUnaryCall<unknown, unknown>>(2);
    const deadline = call.getDeadline();
    const { routing, partition, service, method, isRepeatable } = route;
    const name = (): void => {
      const trailers = routing.trailers(partition);
      if (trailers !== undefined) setTrailers(call, trailers);
    };
    return from(routing.answer({
      partition, service, method, isRepeatable, request, onward: onwardOf(metadata, deadline), deadlineMs: this.patience.deadlineMs(deadline),
      here: () => lastValueFrom(next.handle()),
    }).then((answer) => {
      name();
      return answer;
    }, (error: unknown) => {
      if (!isStranger(error)) name();
      throw error;
    }));
  }
}

/** Whoever may not ask is not told where nodes are, either. */
function isStranger(error: unknown): boolean {
  return error instanceof DocketError && (error.kind === 'unauthenticated' || error.kind === 'permission_denied');
}
