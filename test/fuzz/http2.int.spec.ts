import { startKinds, until, type KindsServer } from '../../libs/platform/src/grpc-transport.fixture.js';
import { FLAG, FRAME, PREFACE, SETTING } from '../../libs/platform/src/http2/frames.js';
import { frame, message, RawClient, REQUEST, request, setting, uint32 } from '../../libs/platform/src/http2/raw-client.fixture.js';
import { fuzzAsync } from './harness.js';
import { mutateBytes } from './mutate.js';
import type { Random } from './random.js';

const PATHS = ['Unary', 'Down', 'Up', 'Both', 'Nowhere'];
const accidents: unknown[] = [];
const note = (error: unknown): void => void accidents.push(error);
let server: KindsServer;
let [begun, ended] = [0, 0];

/** Counts a call until it has ended in one of its ways, and no longer. */
function track(call: NodeJS.EventEmitter): () => void {
  begun += 1;
  let isOpen = true;
  const end = (): void => {
    if (isOpen) ended += 1;
    isOpen = false;
  };
  call.on('cancelled', end).on('close', end);
  return end;
}

beforeAll(async () => {
  process.on('unhandledRejection', note).on('uncaughtExceptionMonitor', note);
  server = await startKinds('fast', {
    Unary: (call, answer) => {
      const end = track(call);
      setImmediate(() => {
        end();
        answer(null, call.request);
      });
    },
    Down: (call) => {
      track(call);
      for (let index = 0; index < 5; index += 1) call.write(call.request);
      call.end();
    },
    Up: (call, answer) => {
      track(call);
      call.on('data', () => undefined).on('end', () => answer(null, Buffer.from('up')));
    },
    Both: (call) => {
      track(call);
      call.on('data', (bytes: Buffer) => call.write(bytes)).on('end', () => call.end());
    },
  });
});
afterAll(() => {
  server.forceShutdown();
  process.off('unhandledRejection', note).off('uncaughtExceptionMonitor', note);
});

/** A conversation that may be all right, or not. */
function conversation(random: Random): Buffer[] {
  const parts: Buffer[] = [];
  let stream = 1;
  for (let left = 1 + random.below(8); left > 0; left -= 1) {
    switch (random.below(16)) {
      case 0: parts.push(frame(FRAME.PING, random.below(2), 0, random.bytes(8))); break;
      case 1: parts.push(frame(FRAME.WINDOW_UPDATE, 0, random.pick([0, stream]), uint32(random.pick([1, 1, 100_000, 100_000, 0x7fffffff, 0])))); break;
      case 2: parts.push(frame(FRAME.SETTINGS, 0, 0, setting(random.pick(Object.values(SETTING)), random.pick([0, 1, 1_000, 16_384, 65_535, 0x7fffffff])))); break;
      case 3: parts.push(frame(FRAME.RST_STREAM, 0, Math.max(1, stream - 2), uint32(8))); break;
      case 4: parts.push(frame(random.below(14), random.below(256), random.below(2 * stream), random.bytes(random.below(40)))); break;
      default: {
        const headers = { ...REQUEST, ':path': `/spec.Kinds/${random.pick(PATHS)}`, ...(random.chance(0.2) ? { 'grpc-timeout': random.pick(['1n', '50m', 'soon', '1S']) } : {}) };
        const body = Buffer.concat(Array.from({ length: random.pick([0, 1, 1, 1, 3]) }, () => message(random.bytes(random.below(300)))));
        const cut = random.below(body.length + 1);
        parts.push(request(stream, headers), frame(FRAME.DATA, 0, stream, body.subarray(0, cut)), frame(FRAME.DATA, random.chance(0.9) ? FLAG.END_STREAM : 0, stream, body.subarray(cut)));
        stream += 2;
      }
    }
  }
  return parts;
}

it('takes any bytes: it answers, or says goodbye, and every call that began ends', async () => {
  await fuzzAsync('http2', 2_000, 16, async (random) => {
    const client = await RawClient.connect(server.port, { isBare: true });
    const valid = Buffer.concat([PREFACE, frame(FRAME.SETTINGS, 0, 0), ...conversation(random)]);
    const bytes = random.chance(0.7) ? Buffer.concat([valid.subarray(0, 33), mutateBytes(random, valid.subarray(33))]) : random.chance(0.5) ? valid : mutateBytes(random, valid);
    for (let at = 0; at < bytes.length;) {
      const size = random.chance(0.7) ? bytes.length : 1 + random.below(60);
      client.send(bytes.subarray(at, at + size));
      at += size;
    }
    // The end of a ping says that everything before it was read, unless a damaged frame swallowed it.
    client.send(frame(FRAME.PING, 0, 0, Buffer.from('the end!')));
    // A moment, and some turns: of the moment there may be nothing left after the next one, on a busy machine.
    const untilMs = Date.now() + 30;
    for (let turns = 0; !client.isClosed && (turns < 50 || Date.now() < untilMs) && !client.frames.some(({ type, payload }) => type === FRAME.GOAWAY || (type === FRAME.PING && String(payload) === 'the end!')); turns += 1) await new Promise((resolve) => setImmediate(resolve));
    client.close();
  });
  await until(() => begun === ended);
  // How many begin in the time that each input gets depends on the machine; here some thousand.
    expect(begun).toBeGreaterThan(100);
  expect(server.bugs).toEqual([]);
  expect(accidents).toEqual([]);
  const last = await RawClient.connect(server.port);
  last.send(request(1), frame(FRAME.DATA, FLAG.END_STREAM, 1, message(Buffer.from('alive'))));
  expect(String((await last.next(FRAME.DATA, 1)).payload)).toContain('alive');
  last.close();
}, 300_000);
