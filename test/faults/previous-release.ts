/**
 * The release that the next one is tried beside: a revision in this repository's history, compiled when somebody needs it. A release that writes events which
 * this one cannot read ends with itself what can be upgraded without a stop; name a later one here then.
 */
export const PREVIOUS_RELEASE = '213c454c583c0b538a58f5c96267b0c8cde964f5';
