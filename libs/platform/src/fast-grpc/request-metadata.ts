import { Metadata } from '@grpc/grpc-js';

/** Headers that are the transport's business, not the application's. */
const NOT_METADATA = new Set(['grpc-timeout', 'grpc-encoding', 'grpc-accept-encoding', 'accept-encoding', 'te', 'content-type', 'host']);

/**
 * The metadata of a request. Names and values come from an HTTP/2 header block that has been checked, so they are put
 * in place without the checks and patterns of `add`, which cost more than all the rest of a call's headers.
 */
export class RequestMetadata extends Metadata {
  put(name: string, value: string): void {
    if (NOT_METADATA.has(name)) return;
    const values = name.endsWith('-bin') ? value.split(',').map((one) => Buffer.from(one.trim(), 'base64')) : [value];
    const earlier = this.internalRepr.get(name);
    if (earlier === undefined) this.internalRepr.set(name, values);
    else earlier.push(...values);
  }
}
