import { startKinds, until } from '../grpc-transport.fixture.js';
import { FLAG, FRAME } from './frames.js';
import { call, frame, RawClient, uint32 } from './raw-client.fixture.js';

const answeredBy = (client: RawClient): Set<number> => new Set(client.frames.filter(({ type, flags }) => type === FRAME.HEADERS && (flags & FLAG.END_STREAM) !== 0).map(({ stream }) => stream));

it('answers every call up to the one that its goodbye names, also to a client that reads late and still sends', async () => {
  let handled = 0;
  const server = await startKinds('fast', { Unary: (one, answer) => (handled += 1, answer(null, one.request)) });
  const client = await RawClient.connect(server.port);
  client.send(frame(FRAME.WINDOW_UPDATE, 0, 0, uint32(0x70000000)));
  await client.next(FRAME.SETTINGS);
  client.pause();
  let stream = 1;
  const burst = (): void => {
    for (const end = stream + 100; stream < end; stream += 2) client.send(call(stream, 'q'.repeat(500)));
  };
  burst();
  await until(() => handled === 50);
  let isDone = false;
  server.tryShutdown(() => (isDone = true));
  for (let more = 0; more < 20; more += 1) {
    burst();
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.resume();
  const { payload } = await client.next(FRAME.GOAWAY);
  await until(() => client.isClosed && isDone);
  const last = payload.readUInt32BE(0);
  expect(last).toBe(2 * handled - 1);
  expect([...answeredBy(client)].filter((id) => id <= last)).toHaveLength(handled);
});

it('does not wait for ever for a client that never closes its side', async () => {
  const server = await startKinds('fast', { Unary: (one, answer) => answer(null, one.request) });
  const client = await RawClient.connect(server.port);
  expect(await client.ask(1)).toBe('still here');
  client.pause();
  await new Promise<void>((resolve) => server.tryShutdown(resolve));
  expect(client.isClosed).toBe(false);
  client.close();
});
