/** What a process that runs the projector as a thread says to it, and hears from it. */
export type ToProjector =
  /**
   * What its configuration is read from; until then it only loads. `isDatabaseLocal`: the database's processes run on this
   * machine, and may be made to give way as well.
   */
  | { readonly kind: 'start'; readonly environment: Readonly<Record<string, string | undefined>>; readonly isDatabaseLocal: boolean }
  | { readonly kind: 'metrics'; readonly request: number }
  | { readonly kind: 'stop' };

export type FromProjector =
  /** Connected; `health` follows. */
  | { readonly kind: 'started' }
  /** It could not start, and ends. For people; no secret is in it. */
  | { readonly kind: 'failed'; readonly message: string }
  /** `problem` is undefined as long as everything is projected. */
  | { readonly kind: 'health'; readonly problem: string | undefined }
  /** One line of its log, JSON with the end of line. */
  | { readonly kind: 'log'; readonly line: string }
  /** Its metrics, in Prometheus' text form. */
  | { readonly kind: 'metrics'; readonly request: number; readonly text: string }
  | { readonly kind: 'stopped'; readonly clean: boolean };
