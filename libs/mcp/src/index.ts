/** The Model Context Protocol without I/O: JSON, messages, versions, headers, streams' text, sealed states. */
export { asDoubles, isObject, isRawNumber, type Json, JsonError, type JsonLimits, type JsonObject, type JsonProblem, MESSAGE_LIMITS, parseJson, type RawNumber, writeJson } from './json.js';
export { modernErrorCode, RPC } from './error-codes.js';
export {
  errorMessage, ID_LENGTH_MAX, isRequestId, type Message, MessageError, metaOf, METHOD_LENGTH_MAX, notificationMessage, readMessage, type RequestId, requestMessage, resultMessage, type RpcErrorObject,
} from './messages.js';
export { isLegacyHeaderVersion, isModernVersion, LEGACY_VERSIONS, META, MODERN_VERSIONS, negotiatedVersion } from './versions.js';
export { intersection } from './capabilities.js';
export { decodeHeaderValue, encodeHeaderValue, headerMismatch, nameOf } from './header-values.js';
export { mirrored, type ParamHeader, type ParamHeaders, paramHeadersOf, paramMismatch } from './param-headers.js';
export { encodeEvent, type IncomingEvent, KEEP_ALIVE, type OutgoingEvent, SseDecoder, SseError } from './sse.js';
