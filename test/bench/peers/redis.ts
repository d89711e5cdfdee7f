import { connect } from 'node:net';

/** The sum of all counters of a Redis or Valkey server of its own: the values of all keys. */
export async function sumOfCounters(port: number): Promise<number> {
  const keys = await ask(port, ['KEYS', '*']);
  if (keys.length === 0) return 0;
  return (await ask(port, ['MGET', ...keys])).reduce((sum, text) => sum + Number(text), 0);
}

/** One command, whose answer is an array of strings. */
function ask(port: number, command: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.setEncoding('latin1');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`Redis closed the connection after ${command[0]}`)));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\r\n');
      if (lines[0]?.startsWith('-')) reject(new Error(`Redis: ${lines[0]}`));
      // *<items>, then $<length> and a line for each; $-1 and no line for a key that has ended meanwhile.
      const items = Number(lines[0]?.slice(1));
      const values: string[] = [];
      let at = 1;
      for (; values.length < items && at < lines.length - 1; at++) {
        const isThere = !lines[at]!.startsWith('$-1');
        if (isThere && at + 1 >= lines.length - 1) return;
        values.push(isThere ? lines[++at]! : '0');
      }
      if (values.length < items) return;
      resolve(values);
      socket.destroy();
    });
    socket.write(`*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`);
  });
}
