// Loaded before a decider (`--import`): its wall clock runs ahead of this machine's, or behind, by what the file FAULTS_CLOCK_FILE says in
// milliseconds, at any moment. The monotonic clock is left alone, as when an administrator sets the time.
import { readFileSync } from 'node:fs';

const RealDate = globalThis.Date;
let offsetMs = 0;
const look = () => {
  try {
    offsetMs = Number(readFileSync(process.env.FAULTS_CLOCK_FILE, 'utf8')) || 0;
  } catch {
    offsetMs = 0;
  }
};
look();
setInterval(look, 100).unref();
const now = () => RealDate.now() + offsetMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [now()] : args, as),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
