import { Catch } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { asDocketError, toGrpcError } from './grpc-error.js';
import type { Logger } from './logger.js';

/** The global filter of every gRPC app: without one, Nest turns each error into UNKNOWN. */
@Catch()
export class GrpcErrorFilter implements RpcExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown): Observable<never> {
    return throwError(() => toGrpcError(asDocketError(error, this.logger)));
  }
}
