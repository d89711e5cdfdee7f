import { status } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { bearer, type token } from '#contracts';
import { NO_TRACE, putTraceContext, type Secret, type Tracing } from '#platform';
import { brokerFailure } from './broker-failure.js';

const GET_TOKEN = { 'rpc.system': 'grpc', 'rpc.service': 'docket.token.v1.TokenService', 'rpc.method': 'GetToken' };
/** A mint may take 10 s; who waits for it gives up after that. */
const CALL_MS = 15_000;

export interface BrokerAt {
  readonly address: string;
  readonly channel: ChannelCredentials;
  /** With the role `gateway`. */
  readonly credential: Secret;
  /** Whose current span the question is part of. */
  readonly tracing?: Tracing;
}

/** Asks for a token on behalf of what runs now. Rejects with a DocketError. @param deadlineMs ms since the epoch */
export function askBroker(client: token.TokenServiceClient, { credential, tracing }: BrokerAt, request: token.GetTokenRequest, signal?: AbortSignal, deadlineMs = Infinity): Promise<token.GetTokenResponse__Output> {
  const from = tracing?.current ?? NO_TRACE;
  // What nobody has asked for (looking at a server) is no trace.
  const span = from.traceparent === '' ? undefined : tracing!.open(`${GET_TOKEN['rpc.service']}/${GET_TOKEN['rpc.method']}`, 'client', from, GET_TOKEN);
  const metadata = bearer(credential.reveal());
  putTraceContext(metadata, span?.context ?? from);
  return new Promise((resolve, reject) => {
    const call = client.GetToken(request, metadata, { deadline: Math.min(Date.now() + CALL_MS, deadlineMs) }, (error, answer) => {
      signal?.removeEventListener('abort', cancel);
      span?.end({ 'rpc.grpc.status_code': error?.code ?? status.OK }, error === null ? undefined : status[error.code]);
      if (error !== null) reject(brokerFailure(error));
      else resolve(answer!);
    });
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
  });
}
