/** What all connections of a server hold together, beside each connection's own bounds. */
export class Http2Budget {
  /** Calls in flight, streams and long polls among them. */
  streams = 0;
  /** Request bytes that nobody has taken yet. */
  heldBytes = 0;

  constructor(readonly streamsMax: number, readonly heldBytesMax: number) {}
}
