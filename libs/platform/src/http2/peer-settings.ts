import { ConnectionError, ERROR, FRAME_BYTES_DEFAULT, SETTING, WINDOW_BYTES_DEFAULT, WINDOW_BYTES_MAX } from './frames.js';
import { TABLE_BYTES_DEFAULT } from './header-table.js';

const FRAME_BYTES_MAX = 0xffffff;

/** What the client said about itself. */
export class PeerSettings {
  initialWindow = WINDOW_BYTES_DEFAULT;
  /** Whether its header table is smaller than by default, or was: it may have thrown away what it had then. */
  hasSmallTable = false;

  /** Takes a SETTINGS frame over; returns by how much the windows of open streams change. Throws ConnectionError. */
  update(payload: Buffer): number {
    const before = this.initialWindow;
    for (let at = 0; at < payload.length; at += 6) this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    return this.initialWindow - before;
  }

  #set(name: number, value: number): void {
    switch (name) {
      case SETTING.HEADER_TABLE_SIZE:
        this.hasSmallTable ||= value < TABLE_BYTES_DEFAULT;
        break;
      case SETTING.ENABLE_PUSH:
        if (value > 1) throw new ConnectionError(ERROR.PROTOCOL_ERROR, 'ENABLE_PUSH is 0 or 1');
        break;
      case SETTING.INITIAL_WINDOW_SIZE:
        if (value > WINDOW_BYTES_MAX) throw new ConnectionError(ERROR.FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE is too large');
        this.initialWindow = value;
        break;
      case SETTING.MAX_FRAME_SIZE:
        if (value < FRAME_BYTES_DEFAULT || value > FRAME_BYTES_MAX) throw new ConnectionError(ERROR.PROTOCOL_ERROR, 'MAX_FRAME_SIZE is out of range');
        // Larger frames than the default would only make other streams wait.
        break;
    }
  }
}
