import type { ConnectionRecord } from '#access-token';

type Listener = (connection: ConnectionRecord) => void;

/** Tells those who watch what the replicas hear: a connection as it is after an event about it. */
export class TokenChanges {
  readonly #listeners = new Set<Listener>();

  /** Returns a function that ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly tell = (connection: ConnectionRecord): void => {
    for (const listener of [...this.#listeners]) listener(connection);
  };
}
