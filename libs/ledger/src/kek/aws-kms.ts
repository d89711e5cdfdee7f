import { DocketError } from '#errors';
import type { KeyWrapper } from './key-source.js';

export interface AwsKmsOptions {
  /** Key id, ARN or alias of a symmetric key. */
  readonly keyId: string;
  /** Undefined: AWS_REGION, or the profile's. */
  readonly region?: string | undefined;
  /** Undefined: AWS's own of the region. */
  readonly endpoint?: string | undefined;
}

const CALL_MS = 10_000;
/** Trying again helps: the service is away, busy or slow. */
const TRANSIENT = /^(?:ThrottlingException|LimitExceededException|KMSInternalException|DependencyTimeoutException|KeyUnavailableException|InternalFailure|ServiceUnavailable|TimeoutError|AbortError|RequestTimeout)$/;

/** AWS KMS as a wrapper of keys. Credentials come as AWS's own tools find them. Loads the client only when it is used. */
export async function awsKms({ keyId, region, endpoint }: AwsKmsOptions): Promise<KeyWrapper> {
  const { KMSClient, EncryptCommand, DecryptCommand } = await import('@aws-sdk/client-kms');
  const client = new KMSClient({ maxAttempts: 3, ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) });
  const sent = async <T>(what: string, work: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> => {
    try {
      return await work({ abortSignal: AbortSignal.timeout(CALL_MS) });
    } catch (error) {
      throw failure(what, keyId, error);
    }
  };
  return {
    id: keyId,
    wrap: async (key, context) => {
      const { CiphertextBlob } = await sent('wrap', (options) => client.send(new EncryptCommand({ KeyId: keyId, Plaintext: key, EncryptionContext: { docket: context } }), options));
      return Buffer.from(CiphertextBlob!);
    },
    unwrap: async (wrapped, context, id) => {
      const { Plaintext } = await sent('unwrap', (options) => client.send(new DecryptCommand({ KeyId: id, CiphertextBlob: wrapped, EncryptionContext: { docket: context } }), options));
      return Buffer.from(Plaintext!);
    },
  };
}

/** Only the error's name: what AWS says may name accounts and principals, and its objects hold the request. */
function failure(what: string, keyId: string, error: unknown): DocketError {
  const { name = 'Error', code, $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  const isTransient = TRANSIENT.test(name) || code !== undefined || status === undefined && name === 'Error' || status !== undefined && status >= 500;
  return isTransient
    ? new DocketError('unavailable', { reason: 'KMS_UNAVAILABLE', message: `AWS KMS did not ${what} a key: ${code ?? name}`, retryAfterMs: 1_000 })
    : new DocketError('failed_precondition', { reason: 'KMS_REFUSED', message: `AWS KMS refuses to ${what} with key ${keyId}: ${name}` });
}
