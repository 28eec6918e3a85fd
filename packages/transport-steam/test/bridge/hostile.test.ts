import { type Client, Room } from '@colyseus/core';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import {
  aliveFrame,
  callFrame,
  cancelFrame,
  closeFrame,
  creditFrame,
  dataFrame,
  decodeFrame,
  eventFrame,
  type Frame,
  FrameType,
  helloFrame,
  openedFrame,
  openFrame,
  requestFrame,
} from '../../src/bridge/frames.ts';
import { type Bridge, type BridgeOptions, serveBridge } from '../../src/bridge.ts';
import { Endpoint } from '../../src/index.ts';
import type { SimulatedDriver } from '../../src/sim.ts';
import { encodeRequest } from '../../src/wire/requestCodec.ts';
import { World } from '../compliance/transport/World.ts';
import { once, pause, until } from '../compliance/transport/waiting.ts';
import { muteConsole } from '../helpers/muteConsole.ts';
import { IMPATIENT, type SteamArena, steamArena } from '../helpers/steamArena.ts';
import { type MemoryPort, memoryPorts } from './memoryPorts.ts';

// A page is somebody's HTML: whatever it sends, the process that owns Steam and its other pages go on.

class Echo extends Room {
  override onCreate(): void {
    this.onMessage('echo', (client: Client, text: unknown) => client.send('echo', text));
  }
}

const HELLO = helloFrame({ version: 1, windowBytes: 65_536, fingerprint: 0n });

/** A page that speaks the frames itself. */
interface RawPage {
  readonly port: MemoryPort;
  readonly bridge: Bridge;
  readonly driver: SimulatedDriver;
  /** How the owner ended it. */
  readonly ended: Promise<[code: number, reason: string]>;
  send(...frames: readonly Uint8Array[]): void;
  frames(): Frame[];
  until(type: Frame['type']): Promise<void>;
}

let arena: SteamArena;
let world: World;

beforeEach(async () => {
  muteConsole();
  arena = steamArena({});
  world = await World.open(() => arena);
  world.define('echo', Echo);
});

afterEach(async () => {
  for (const { bridge, driver } of pages.splice(0)) {
    bridge.close();
    await until(() => Endpoint.of(driver).stats().length === 0, 'every session of a page is over');
  }
  await world.close();
  jest.restoreAllMocks();
});

const pages: RawPage[] = [];

function rawPage(options: Partial<BridgeOptions> = {}): RawPage {
  const { page: port, owner } = memoryPorts();
  const driver = arena.steam.user();
  let bridge: Bridge | undefined;
  const ended = once<[number, string]>((onEnd) => {
    bridge = serveBridge(owner, { driver, endpoint: `steam://${arena.host.steamId}`, ...IMPATIENT, ...options, onEnd });
  });
  port.start({ onFrame: () => undefined, onClose: () => undefined });
  const page: RawPage = {
    port,
    bridge: bridge as unknown as Bridge,
    driver,
    ended,
    send: (...frames) => {
      for (const frame of frames) port.send(frame.slice());
    },
    frames: () => port.frames.map((frame) => decodeFrame(frame) as Frame),
    until: (type) => until(() => page.frames().some((frame) => frame.type === type), `a frame ${type}`),
  };
  pages.push(page);
  return page;
}

const host = () => arena.host.steamId;
const request = (path: string) => encodeRequest({ method: 'GET', path, headers: [], body: new Uint8Array() });

async function othersPlayOn(): Promise<void> {
  const room = await arena.player().joinOrCreate('echo');
  const echoed = once((cb) => room.onMessage('echo', cb));
  room.send('echo', 'still here');
  expect(await echoed).toEqual(['still here']);
  await room.leave();
}

describe('a page', () => {
  test.each<[what: string, frames: () => Uint8Array[], reason: RegExp]>([
    ['that says nothing of the bridge', () => [new TextEncoder().encode('GET / HTTP/1.1')], /no frame/],
    ['that begins without a hello', () => [openFrame(1, host(), '/')], /hello first/],
    ['that says hello twice', () => [HELLO, HELLO], /once/],
    ['with a window of nothing', () => [helloFrame({ version: 1, windowBytes: 0, fingerprint: 0n })], /window of 0 bytes/],
    ['with a window without end', () => [helloFrame({ version: 1, windowBytes: 2 ** 32 - 1, fingerprint: 0n })], /window/],
    ['that claims to be the owner', () => [HELLO, openedFrame(1)], /no such frame/],
    ['that tells of events', () => [HELLO, eventFrame(1, '{}')], /no such frame/],
    ['that uses an id twice', () => [HELLO, openFrame(1, host(), '/a'), openFrame(1, host(), '/b')], /used before/],
    [
      'that asks with an id of before',
      () => [HELLO, openFrame(5, host(), '/a'), requestFrame(4, host(), request('/'))],
      /before/,
    ],
    ['that opens what is no path', () => [HELLO, openFrame(1, host(), 'http://[')], /slash/],
    ['that talks on no connection', () => [HELLO, dataFrame(7, Uint8Array.of(1), 'reliable')], /no connection 7/],
    ['that takes what was never sent', () => [HELLO, openFrame(1, host(), '/'), creditFrame(1, 1)], /never sent/],
    ['that takes answers never given', () => [HELLO, creditFrame(0, 1)], /never sent/],
  ])('%s is sent away', async (_what, frames, reason) => {
    const page = rawPage();
    page.send(...frames());
    const [code, why] = await page.ended;
    expect({ code, why }).toEqual({ code: 1002, why: expect.stringMatching(reason) });
    await until(() => page.port.closedWith !== undefined, 'the port is closed');
    expect(page.frames().at(-1)).toMatchObject({ type: FrameType.Bye, code: 1002, error: 'protocol-error' });
    await othersPlayOn();
  });

  test('of other messages is told so', async () => {
    const page = rawPage();
    page.send(helloFrame({ version: 1, windowBytes: 65_536, fingerprint: 1n }));
    await page.ended;
    expect(page.frames().at(-1)).toMatchObject({ type: FrameType.Bye, error: 'schema-mismatch' });
  });

  test('of another version is told so', async () => {
    const page = rawPage();
    page.send(helloFrame({ version: 9, windowBytes: 65_536, fingerprint: 0n }));
    await page.ended;
    expect(page.frames().at(-1)).toMatchObject({ type: FrameType.Bye, error: 'version-mismatch' });
  });

  test('sends a window and not a byte more', async () => {
    const windowBytes = 16_384;
    // Nobody is there who would take anything.
    const gone = arena.steam.user();
    const page = rawPage({ windowBytes, hosts: () => true });
    page.send(HELLO, openFrame(1, gone.steamId, '/'));
    const message = new Uint8Array(8_000);
    const flood = () => page.send(dataFrame(1, message, 'reliable'));
    flood();
    flood();
    flood();
    await pause(20);
    // Nothing is granted before he has let us in.
    expect(page.frames().map(({ type }) => type)).not.toContain(FrameType.Bye);
    for (let i = 0; i < 10; i++) flood();
    expect((await page.ended)[1]).toMatch(/more than the window/);
  });

  test.each<[what: string, frame: (i: number) => Uint8Array]>([
    ['that it is alive', () => aliveFrame()],
    ['that it wants nothing', (i) => cancelFrame(i)],
    ['goodbye to what is gone', (i) => closeFrame(i, { code: 1000, error: undefined, reason: '' })],
    ['questions', (i) => callFrame(i + 1, 0x7f, 'null')],
  ])('that says thousands of times %s is sent away', async (_what, frame) => {
    const page = rawPage();
    page.send(HELLO);
    for (let i = 0; i < 3_000; i++) page.send(frame(i));
    expect((await page.ended)[0]).toBe(1008);
    await othersPlayOn();
  });

  test('reaches nobody but whom it may', async () => {
    const stranger = arena.steam.user();
    const page = rawPage();
    page.send(HELLO, openFrame(1, stranger.steamId, '/'), requestFrame(2, stranger.steamId, request('/greet/x')));
    page.send(openFrame(3, 0n, '/'), requestFrame(4, page.driver.steamId, request('/greet/x')));
    await until(() => page.frames().length === 5, 'all is answered');
    const denied = { error: 'denied', reason: expect.stringContaining('does not let its page reach') };
    expect(page.frames().slice(1)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: FrameType.Close, id: 1, code: 1006, ...denied }),
        expect.objectContaining({ type: FrameType.Failure, id: 2, ...denied }),
        expect.objectContaining({ type: FrameType.Close, id: 3, code: 1006, ...denied }),
        expect.objectContaining({ type: FrameType.Failure, id: 4, ...denied }),
      ]),
    );
    expect(Endpoint.of(page.driver).stats()).toEqual([]);
  });

  test('has no lobbies, calls or statistics of others that its owner does not expose', async () => {
    const page = rawPage();
    page.send(HELLO);
    for (let name = 0; name <= 0xff; name++) page.send(callFrame(name + 1, name, 'null'));
    await until(() => page.frames().length > 200, 'answers', 3_000).catch(() => undefined);
    const results = page.frames().filter(({ type }) => type === FrameType.Result);
    expect(results).toEqual([{ type: FrameType.Result, id: 0x11, json: '[]' }]);
  });

  test.each(['not json', '{"__proto__":{"polluted":1}}', '"x"', '[[[['])(
    'says %s where the owner expects an argument',
    async (json) => {
      const page = rawPage({ lobbies: { game: 'test-studio.test-game' } });
      page.send(HELLO);
      for (let name = 1; name <= 6; name++) page.send(callFrame(name, name, json));
      await until(
        () => page.frames().filter(({ type }) => type === FrameType.Failure || type === FrameType.Result).length >= 5,
        'answers',
      );
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
      await othersPlayOn();
    },
  );

  test('has so many connections and no more', async () => {
    const page = rawPage({ maxConnections: 2 });
    page.send(HELLO);
    for (let id = 1; id <= 3; id++) page.send(openFrame(id, host(), `/p/r?sessionId=${id}`));
    await page.until(FrameType.Close);
    expect(page.frames()).toContainEqual(expect.objectContaining({ type: FrameType.Close, id: 3, error: 'full' }));
    // It does not acknowledge, and goes on.
    for (let id = 4; id <= 6; id++) page.send(openFrame(id, host(), '/'));
    expect((await page.ended)[1]).toMatch(/more connections/);
  });

  test('has so many requests in work and no more', async () => {
    const page = rawPage({ maxRequests: 2 });
    page.send(HELLO);
    for (let id = 1; id <= 3; id++) page.send(requestFrame(id, host(), request('/greet/x')));
    await until(() => page.frames().length === 4, 'answers');
    const types = page.frames().map((frame) => [frame.type, 'id' in frame ? frame.id : 0]);
    expect(types[1]).toEqual([FrameType.Failure, 3]);
    expect(page.frames()[1]).toMatchObject({ error: 'full' });
    expect(types.slice(2).sort()).toEqual([
      [FrameType.Response, 1],
      [FrameType.Response, 2],
    ]);
  });

  test('cannot say who it is', async () => {
    const claims: string[] = [];
    class Nosy extends Room {
      static override async onAuth(_token: string, _options: unknown, context: { headers: Headers }): Promise<false> {
        claims.push(String(context.headers.get('x-steam-id')));
        // No seat that nobody would take.
        return false;
      }
    }
    world.define('nosy', Nosy);
    const page = rawPage();
    page.send(HELLO);
    const body = new TextEncoder().encode('{}');
    const headers = [
      ['x-steam-id', String(host())],
      ['content-type', 'application/json'],
    ] as const;
    page.send(requestFrame(1, host(), encodeRequest({ method: 'POST', path: '/matchmake/create/nosy', headers, body })));
    await page.until(FrameType.Response);
    expect(claims).toEqual([String(page.driver.steamId)]);
  });

  test('that does not read its answers is let go, and they with it', async () => {
    const page = rawPage({ maxBufferedBytes: 65_536 });
    page.send(helloFrame({ version: 1, windowBytes: 16_384, fingerprint: 0n }));
    for (let id = 1; id <= 900; id++) {
      page.send(requestFrame(id, host(), request(`/greet/${'x'.repeat(500)}`)));
      if (id % 16 === 0) await pause(0);
    }
    expect((await page.ended)[0]).toBe(1013);
    expect(page.bridge.bufferedAmount).toBeLessThanOrEqual(65_536);
  });
});

test('whatever a page says, its owner does not throw, and everything of it ends with it', async () => {
  const id = fc.integer({ min: 0, max: 6 });
  const json = fc.oneof(fc.json(), fc.string());
  const bytes = fc.uint8Array({ maxLength: 40 });
  const frame = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.constantFrom(...Object.values(FrameType)), bytes).map(([type, rest]) => Uint8Array.of(type, ...rest)),
    fc.tuple(id, fc.webPath()).map(([at, path]) => openFrame(at, host(), path)),
    fc.tuple(id, bytes, fc.constantFrom('reliable', 'unreliable', 'buffered')).map(([at, data, how]) => dataFrame(at, data, how)),
    fc.tuple(id, bytes).map(([at, content]) => requestFrame(at, host(), content)),
    fc.tuple(id, fc.webPath()).map(([at, path]) => requestFrame(at, host(), request(path))),
    fc.tuple(id, fc.integer({ min: 0, max: 0x12 }), json).map(([at, name, text]) => callFrame(at, name, text)),
    fc.tuple(id, fc.integer({ min: 0, max: 70_000 })).map(([at, amount]) => creditFrame(at, amount)),
    fc
      .tuple(id, fc.integer({ min: 0, max: 65_535 }))
      .map(([at, code]) => closeFrame(at, { code, error: undefined, reason: 'x' })),
    id.map(cancelFrame),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
      const page = rawPage({ lobbies: { game: 'test-studio.test-game' } });
      page.send(HELLO, ...frames);
      await pause(2);
      page.bridge.close();
      await page.ended;
      expect(page.bridge.connections).toBe(0);
    }),
    { numRuns: 150 },
  );
  // What nobody caught has failed this test already: Jest sees to that.
  await othersPlayOn();
}, 60_000);
