import { connect } from 'node:net';

const METADATA = 3;
const METADATA_VERSION = 1;

/**
 * Asks a broker for the brokers that serve: a real Metadata request (version 1, no topics), written out by hand so that
 * starting a broker needs no client library. Rejects if there is no whole answer within `timeoutMs`.
 */
export function liveBrokers(host: string, port: number, timeoutMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const finish = (error: Error | undefined, ids: number[] = []) => {
      clearTimeout(timer);
      socket.destroy();
      if (error === undefined) resolve(ids);
      else reject(error);
    };
    const timer = setTimeout(() => finish(new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`)), timeoutMs);
    socket.once('connect', () => socket.write(metadataRequest()));
    socket.once('error', (error) => finish(error));
    socket.once('close', () => finish(new Error(`${host}:${port} closed the connection`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      finish(undefined, brokerIds(received));
    });
  });
}

function metadataRequest(): Buffer {
  const request = Buffer.alloc(18);
  request.writeInt32BE(14, 0); // size of what follows
  request.writeInt16BE(METADATA, 4);
  request.writeInt16BE(METADATA_VERSION, 6);
  request.writeInt32BE(1, 8); // correlation id
  request.writeInt16BE(-1, 12); // client id: null
  request.writeInt32BE(0, 14); // topics: none
  return request;
}

function brokerIds(response: Buffer): number[] {
  let at = 8; // size, correlation id
  const count = response.readInt32BE(at);
  at += 4;
  return Array.from({ length: count }, () => {
    const id = response.readInt32BE(at);
    at += 4;
    at += 2 + response.readInt16BE(at); // host
    at += 4; // port
    at += 2 + Math.max(0, response.readInt16BE(at)); // rack, may be null
    return id;
  });
}
