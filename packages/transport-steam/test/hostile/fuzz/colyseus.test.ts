import { Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { InputEncoder } from '@colyseus/schema/input';
import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { pack } from 'msgpackr';
import type { Connection } from '../../../src/connection/Connection.ts';
import { compactFrame } from '../../../src/messages/compact.ts';
import { contractOf } from '../../../src/messages/contract.ts';
import { World } from '../../compliance/transport/World.ts';
import { until } from '../../compliance/transport/waiting.ts';
import { messages } from '../../helpers/gameMessages.ts';
import { leaveNoTimers } from '../../helpers/leaveNoTimers.ts';
import { muteConsole } from '../../helpers/muteConsole.ts';
import { type SteamArena, steamArena } from '../../helpers/steamArena.ts';
import { concat } from '../../wire/support.ts';
import { BYTES, messageFrame, REQUEST } from '../frames.ts';
import { HostilePlayer } from '../HostilePlayer.ts';
import { corpusOf } from './Corpus.ts';
import { casesFor, FUZZ_SEED, timeFor } from './cases.ts';
import { mutated } from './mutated.ts';

// A real Colyseus server on SteamTransport, a room with state, inputs and declared messages, an honest player in it, and others
// whose frames and requests are mutations of honest ones.

leaveNoTimers();

const frames = casesFor(0.04);
const requests = casesFor(0.01);

const Input = schema({ x: t.float32(), jump: t.boolean(), said: t.string() }, 'Input');
const State = schema({ n: t.uint8().default(0) }, 'State');

class Hall extends Room<{ state: InstanceType<typeof State>; input: InstanceType<typeof Input> }> {
  override state = new State();
  // A machine with other things to do may keep him from his seat for a while.
  override seatReservationTimeout = 5;
  override inputs = this.defineInput(Input);
  override messages = {
    echo: (client: { send(type: string, payload: unknown): void }, text: unknown) => client.send('echo', text),
    chat: (_: unknown, { text }: { text: string }) => this.broadcast('echo', text.length),
    '*': () => undefined,
  };
}

test(
  `${frames} frames on a link to a room, and ${requests} requests, harm nobody (seed ${FUZZ_SEED})`,
  async () => {
    muteConsole();
    // What floods is no matter here: all that is tried comes from few.
    const arena = steamArena({}, { messages, maxWorkPerSecond: 1e9 });
    const world = await World.open(() => arena);
    try {
      world.define('hall', Hall);
      const stage = new Stage(arena);
      try {
        const honest = await world.player().joinOrCreate('hall');
        const echoes: unknown[] = [];
        honest.onMessage('echo', (text) => void echoes.push(text));
        const isFine = async () => {
          const text = `still here ${stage.cases}`;
          honest.send('echo', text);
          await until(() => echoes.includes(text), text);
          echoes.length = 0;
        };
        const property = fc.asyncProperty(mutated(seeds()), async (frame) => {
          await stage.say(frame);
          if (stage.cases % 512 === 0) await isFine();
        });
        await fc.assert(property, { seed: FUZZ_SEED, numRuns: frames });
        const asking = fc.asyncProperty(request, async (each) => {
          await stage.ask(each);
          if (stage.cases % 512 === 0) await isFine();
        });
        await fc.assert(asking, { seed: FUZZ_SEED, numRuns: requests });
        await isFine();
        stage.expectDepth();
        expect(honest.connection.isOpen).toBe(true);
      } finally {
        stage.close();
      }
    } finally {
      await world.close();
      jest.restoreAllMocks();
    }
  },
  timeFor((frames + requests) * 4),
);

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly [string, string][];
  readonly body: Uint8Array;
}

const text = new TextEncoder();
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

const request: fc.Arbitrary<HttpRequest> = fc.record({
  method: fc.oneof(fc.constantFrom('POST', 'GET', 'PUT', 'get', '', 'TRACE'), fc.string({ maxLength: 8 })),
  path: fc.oneof(
    fc.constantFrom(
      '/matchmake/joinOrCreate/hall',
      '/matchmake/create/hall',
      '/matchmake/reconnect/x',
      '/greet/Ann',
      '/sum',
      '/monitor',
    ),
    mutated([text.encode('/matchmake/joinById/x?a=b'), text.encode('/%6donitor/../x')]).map(latin1),
  ),
  headers: fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('content-type', 'authorization', 'x-steam-id', '__proto__', 'x-steam-offer'),
        fc.string({ maxLength: 8 }),
      ),
      fc.oneof(
        fc.constantFrom('application/json', 'text/plain', 'multipart/form-data; boundary=x', '1'),
        fc.string({ maxLength: 20 }),
      ),
    ),
    { maxLength: 3 },
  ),
  body: mutated([
    text.encode('{"a":[1,{"b":null}],"__proto__":{"polluted":1},"text":"h\\u00e9"}'),
    text.encode('{"numbers":[1,2,3]}'),
    text.encode('--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'),
    new Uint8Array(),
  ]),
});

/** What an SDK sends. */
function seeds(): Uint8Array[] {
  const input = new Input();
  const found = [
    Uint8Array.of(18),
    messageFrame('echo', { a: [1, 'b', null, 0.5] }),
    messageFrame('echo', { a: 1 }, REQUEST),
    messageFrame('nobody', 7),
    messageFrame('chat', { text: 'x' }),
    messageFrame('bytes', undefined, BYTES),
    concat([13, 7], pack(1)),
    ...[...messages].map((declared) => compactFrame(declared, new Uint8Array(declared.id))),
    compactFrame(messages.get('chat')!, messages.get('chat')!.encode({ text: 'hello' })),
    ...['input', 'messageHead', 'foreign', 'compact'].flatMap((name) => corpusOf(name).map(({ bytes }) => bytes)),
    ...corpusOf('msgpack').map(({ bytes }) => concat(messageFrame('echo'), bytes)),
  ];
  for (const mode of ['reliable', 'unreliable'] as const) {
    const encoder = new InputEncoder(input, { mode });
    for (let tick = 1; tick < 4; tick++) {
      Object.assign(input, { x: tick, jump: tick === 2, said: 'hé' });
      found.push(concat([mode === 'reliable' ? 19 : 20], encoder.encode()));
    }
  }
  return found;
}

class Stage {
  readonly #arena: SteamArena;
  #player: HostilePlayer;
  #link: Connection | undefined;
  readonly #players: HostilePlayer[] = [];
  cases = 0;
  #joins = 0;
  #answers = 0;
  #ended = 0;
  #lines = 0;

  constructor(arena: SteamArena) {
    this.#arena = arena;
    this.#player = this.#another();
    for (const method of ['error', 'warn'] as const) jest.spyOn(console, method).mockImplementation(() => void this.#lines++);
  }

  /** Faster than they poll by themselves. */
  turn(): void {
    this.#player.endpoint.flush();
    this.#arena.transport.endpoint.poll();
    this.#player.endpoint.poll();
  }

  async say(frame: Uint8Array): Promise<void> {
    this.cases++;
    const link = await this.#joined();
    if (this.cases % 3 === 0 && frame.length <= 1_190) link.send(frame, 'unreliable');
    else link.send(frame);
    this.turn();
    this.turn();
    if (link.state === 'open') return;
    this.#ended++;
    this.#link = undefined;
  }

  async ask({ method, path, headers, body }: HttpRequest): Promise<void> {
    this.cases++;
    // A SteamID may ask only so often.
    if (this.#answers % 30 === 0) this.#next();
    const { status } = await this.#player.request(method, path, body, headers);
    expect(status).toBeGreaterThan(99);
    this.#answers++;
  }

  expectDepth(): void {
    expect(this.#joins).toBeGreaterThan(frames / 100);
    expect(this.#joins).toBeLessThan(frames);
    expect(this.#answers).toBe(requests);
    // One for each link that ended, at most, and each request that a route failed at.
    expect(this.#lines).toBeLessThanOrEqual(this.#ended + requests);
    expect(Object.keys(Object.prototype)).toEqual([]);
  }

  close(): void {
    for (const player of this.#players) player.close();
  }

  async #joined(): Promise<Connection> {
    // A SteamID may join again and again only so often.
    if (this.#link === undefined) {
      if (this.#joins++ % 25 === 24) this.#next();
      this.#link = await this.#player.join('hall');
      this.turn();
    }
    return this.#link;
  }

  #next(): void {
    this.#player.close();
    this.#link = undefined;
    this.#player = this.#another();
  }

  #another(): HostilePlayer {
    const player = new HostilePlayer(this.#arena.steam.user(), this.#arena.host.steamId, { contract: contractOf(messages) });
    player.hurry = () => this.turn();
    this.#players.push(player);
    return player;
  }
}
