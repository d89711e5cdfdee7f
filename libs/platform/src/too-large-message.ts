import { status } from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';
import { STATUS_DETAILS_KEY } from '#contracts';
import { DocketError } from '#errors';
import { toGrpcError } from './grpc-error.js';

/**
 * Answers a message over the bound with INVALID_ARGUMENT: grpc-js says RESOURCE_EXHAUSTED and no details, which means
 * "repeat it later" here. It refuses such a message below all interceptors, through the call's own `sendStatus`; what
 * Docket answers always has details.
 */
export function refuseTooLargeMessages(bytesMax: number): ServerInterceptor {
  return (_method, call) => {
    const send = call.sendStatus.bind(call);
    call.sendStatus = (answer) => {
      const isBare = answer.code === status.RESOURCE_EXHAUSTED && (answer.metadata?.get(STATUS_DETAILS_KEY).length ?? 0) === 0;
      send(isBare ? { ...answer, ...toGrpcError(tooLarge(bytesMax)) } : answer);
    };
    return call as ReturnType<ServerInterceptor>;
  };
}

/** The error of a request with a message over the bound. */
export function tooLarge(bytesMax: number): DocketError {
  return new DocketError('invalid_argument', {
    reason: 'MESSAGE_TOO_LARGE', message: `the request has more than ${bytesMax} bytes, the most that a message may have`,
  });
}
