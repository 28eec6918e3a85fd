// A user in a process of its own, whose driver the parent works by remote control (RemoteDriver.ts):
//   node remoteUser.ts hub <HubUserOptions as JSON>    the driver of connectToHub()
//   node remoteUser.ts steamworks                      the driver over steamworks.js
// Calls come on file descriptor 3, answers go on 4: see messages.ts. Ends when the parent hangs up, or dies.
import type { DriverEvents, SteamDriver } from '../../src/driver/SteamDriver.ts';
import { laterCalls } from './laterCalls.ts';
import { type FromChild, type FromParent, type Hello, MessagePipe, type Method } from './messages.ts';
import { describeError } from './remoteErrors.ts';

const pipe = new MessagePipe<FromParent, FromChild>(3, 4);
const driver = await logIn(...(process.argv.slice(2) as [string, string]));

const events: DriverEvents = {
  onSessionRequest: (...args) => tell('onSessionRequest', args),
  onSessionFailed: (...args) => tell('onSessionFailed', args),
  onPacket: (...args) => tell('onPacket', args),
  onSteamLost: (...args) => tell('onSteamLost', args),
  onSteamRestored: () => tell('onSteamRestored', []),
};

const calls = laterCalls(driver) as Partial<Record<Method, (...args: readonly unknown[]) => unknown>>;
const { limits, steamId } = driver;
const hello: Hello = {
  steamId: String(steamId),
  limits,
  canCloseSessions: driver.closeSession !== undefined,
  hasLobbies: driver.lobbies !== undefined,
  hasRichPresence: driver.setRichPresence !== undefined,
  hasTickets: driver.createTicket !== undefined,
};
console.log(JSON.stringify(hello));
serveNext();

async function logIn(kind: string, options: string): Promise<SteamDriver> {
  // Only what is needed: a process that has less to load is ready sooner.
  if (kind === 'hub') {
    const { connectToHub } = await import('../../src/sim/hub/connectToHub.ts');
    return await connectToHub(JSON.parse(options));
  }
  const { initSteamworks, SteamworksDriver } = await import('../../src/steamworks.ts');
  return new SteamworksDriver(initSteamworks(480));
}

/** Between two calls the event loop runs: sockets and timers of the driver have their turn. */
function serveNext(): void {
  pipe.readLater((message) => {
    serve(message);
    serveNext();
  });
}

function serve(message: FromParent | undefined): void {
  if (message === undefined) process.exit(0);
  if (message.type !== 'call') throw new Error(`${message.type} without an event`);
  let answer: FromChild;
  try {
    const value = call(message.method, message.args);
    answer = { type: 'returned', value, isClosed: driver.isClosed };
  } catch (error) {
    answer = { type: 'threw', error: describeError(error), isClosed: driver.isClosed };
  }
  pipe.write(answer);
}

function call(method: Method, args: readonly unknown[]): unknown {
  if (method === 'start') return driver.start(events);
  const own = calls[method];
  if (own !== undefined) return own(...args);
  return (driver as unknown as Record<Method, (...args: readonly unknown[]) => unknown>)[method](...args);
}

/** Waits until the parent has handled the event, and serves the calls that it makes meanwhile. */
function tell(name: keyof DriverEvents, args: readonly unknown[]): void {
  pipe.write({ type: 'event', name, args });
  for (;;) {
    const message = pipe.read();
    if (message?.type !== 'handled') serve(message);
    else if (message.threw) throw new Error(`the handler of ${name} threw, and the parent knows what`);
    else return;
  }
}
