/** Bounds of one partition. They steer `decide` only: events carry what came of them, so they may change at any time. */
export interface TokenSettings {
  /** All connections of the partition together, beside each one's own cap. */
  readonly partitionMintsPerMinuteMax: number;
  readonly connectionsMax: number;
}

export const DEFAULT_TOKEN_SETTINGS: TokenSettings = { partitionMintsPerMinuteMax: 600, connectionsMax: 10_000 };
