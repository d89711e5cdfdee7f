/** Bounds of one partition. They steer `decide` only: events carry what came of them, so they may change at any time. */
export interface TokenSettings {
  /** All connections of all partitions together, beside each one's own cap: those of other partitions as far as the node has heard of them. */
  readonly mintsPerMinuteMax: number;
  readonly connectionsMax: number;
}

export const DEFAULT_TOKEN_SETTINGS: TokenSettings = { mintsPerMinuteMax: 6_000, connectionsMax: 10_000 };
