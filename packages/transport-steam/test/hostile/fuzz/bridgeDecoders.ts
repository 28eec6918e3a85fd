import { isDeepStrictEqual } from 'node:util';
import type { BridgePort, BridgePortEvents } from '../../../src/bridge/BridgePort.ts';
import {
  aliveFrame,
  byeFrame,
  CallName,
  callFrame,
  cancelFrame,
  closeFrame,
  creditFrame,
  dataFrame,
  decodeFrame,
  EventName,
  eventFrame,
  type Frame,
  FrameType,
  failureFrame,
  helloFrame,
  openedFrame,
  openFrame,
  requestFrame,
  responseFrame,
  resultFrame,
  welcomeFrame,
} from '../../../src/bridge/frames.ts';
import { OwnerSession } from '../../../src/bridge/OwnerSession.ts';
import { resolveBridgeOptions } from '../../../src/bridge/ownerOptions.ts';
import { PageSession } from '../../../src/bridge/PageSession.ts';
import { checkFindOptions } from '../../../src/client/findLobbies.ts';
import { friendIdOf, lobbyIdOf } from '../../../src/client/lobbyIds.ts';
import type { ConnectionEvents } from '../../../src/connection/types.ts';
import { SimulatedSteam } from '../../../src/sim/SimulatedSteam.ts';
import { encodeRequest, encodeResponse } from '../../../src/wire/requestCodec.ts';
import { allowed, check, checkNothingPolluted, type Decoder, parts, partsOf, text, utf8 } from './Decoder.ts';

const HOST = 76561197960265729n;
const BUFFERED_BYTES = 65_536;

const HELLO = helloFrame({ version: 1, windowBytes: 65_536, fingerprint: 0n });
const WELCOME = welcomeFrame({
  version: 1,
  windowBytes: 65_536,
  fingerprint: 0n,
  maxMessageBytes: 4_096,
  steamId: HOST + 1n,
  host: HOST,
  hasLobbies: true,
  personaName: 'Ann',
});

const request = { method: 'GET', path: '/', headers: [], body: new Uint8Array() };
const response = { status: 200, headers: [], body: text.encode('{}') };
const goodbye = { code: 1000, error: undefined, reason: 'bye' };

const ofPage = [
  openFrame(1, HOST, '/p/r?sessionId=a'),
  dataFrame(1, Uint8Array.of(1, 2, 3), 'reliable'),
  dataFrame(1, Uint8Array.of(1, 2, 3), 'unreliable', 7),
  closeFrame(1, goodbye),
  requestFrame(2, HOST, encodeRequest(request)),
  callFrame(3, CallName.Stats, 'null'),
  cancelFrame(3),
  creditFrame(0, 0),
];
const ofOwner = [
  openedFrame(1),
  dataFrame(1, new Uint8Array(40), 'unreliableNoDelay'),
  creditFrame(1, 0),
  closeFrame(1, { code: 1006, error: 'denied', reason: 'no' }),
  responseFrame(2, encodeResponse(response)),
  resultFrame(3, '[]'),
  failureFrame(3, 'gone', 'café'),
  eventFrame(EventName.JoinRequested, '{"lobby":"109775240917155376","friend":null}'),
];

export const bridgeDecoders: readonly Decoder[] = [
  {
    name: 'bridge',
    seeds: [HELLO, WELCOME, aliveFrame(), byeFrame(goodbye), ...ofPage, ...ofOwner],
    decode(bytes) {
      const frame = decodeFrame(bytes);
      if (frame === undefined) return false;
      // Also whatever is longer than it may be would not come again.
      check(isDeepStrictEqual(decodeFrame(encoded(frame)), frame), 'it is not what would have been sent');
      return true;
    },
  },
  { name: 'bridgeOwner', seeds: conversations(ofPage), decode: serveTo },
  { name: 'bridgePage', seeds: conversations(ofOwner), decode: beServed },
  {
    name: 'bridgeCall',
    seeds: [
      '"109775240917155376"',
      '"76561197960265729"',
      '{"id":"109775240917155376"}',
      '{"filter":{"room":"hall","hasRoom":true,"metadata":{"mode":"duel"}},"includeIncompatible":true}',
    ].map((json) => text.encode(json)),
    decode(bytes) {
      let argument: unknown;
      try {
        argument = JSON.parse(utf8(bytes));
      } catch {
        return false;
      }
      const readers = [lobbyIdOf, friendIdOf, checkFindOptions] as ((given: unknown) => unknown)[];
      const isTaken = readers.map((read) => isDone(() => read(argument))).includes(true);
      checkNothingPolluted();
      return isTaken;
    },
  },
];

function isDone(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    return allowed(error, TypeError, RangeError);
  }
}

function conversations(frames: readonly Uint8Array[]): Uint8Array[] {
  return [parts(frames), ...frames.map((frame) => parts([frame])), parts(frames.slice(0, 4)), parts(frames.slice(4))];
}

/** A port whose other end says what a case has in it. */
class TriedPort implements BridgePort {
  readonly bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  closes = 0;
  #events: BridgePortEvents | undefined;

  start(events: BridgePortEvents): void {
    this.#events = events;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.sent.push(frame);
  }

  close(): void {
    this.closes++;
  }

  receive(...frames: readonly Uint8Array[]): void {
    // What has arrived when it is closed still comes.
    for (const frame of frames) this.#events?.onFrame(frame);
  }

  check(): void {
    check(this.closes === 1, `the port is closed ${this.closes} times`);
    const types = this.sent.map((frame) => decodeFrame(frame)?.type);
    check(!types.includes(undefined), 'something was sent that is no frame');
    check(types.indexOf(FrameType.Bye) in { '-1': 0, [types.length - 1]: 0 }, 'something was sent behind the end');
  }
}

const turn = () => new Promise((resolve) => void setImmediate(resolve));

const ownerOptions = resolveBridgeOptions({ driver: new SimulatedSteam().user(), maxBufferedBytes: BUFFERED_BYTES });

/** The owner's end, and a page that has said hello. Whether the page is still served. */
async function serveTo(bytes: Uint8Array): Promise<boolean> {
  const port = new TriedPort();
  let ends = 0;
  const session = new OwnerSession(port, { ...ownerOptions, onEnd: () => void ends++ });
  port.receive(HELLO, ...partsOf(bytes));
  await turn();
  const isServed = port.closes === 0;
  check(session.bufferedAmount <= BUFFERED_BYTES * (1 + session.connections), `${session.bufferedAmount} bytes are held`);
  session.close(1001, 'over');
  check(ends === 1 && session.connections === 0, `it ended ${ends} times, with ${session.connections} connections left`);
  await turn();
  port.check();
  return isServed;
}

/**
 * The page's end, with a connection, a request, a call, and a connection that it has closed itself: 1 to 4; and an owner who has let it in.
 * Whether it is still there.
 */
async function beServed(bytes: Uint8Array): Promise<boolean> {
  const port = new TriedPort();
  const opening = PageSession.open(port, {
    fingerprint: 0n,
    connectTimeoutMs: 1_000,
    silenceMs: 60_000,
    windowBytes: 65_536,
    maxBufferedBytes: BUFFERED_BYTES,
  });
  port.receive(WELCOME);
  const session = await opening;
  let [answers, ends] = [0, 0];
  const count = () => void answers++;
  session.onEnd(() => void ends++);
  session.onEvent(() => undefined);
  const links = [new TriedLink(), new TriedLink()] as const;
  session.open(HOST, '/p/r', links[0]);
  session.request(HOST, request, new AbortController().signal).then(count, count);
  session.call(CallName.Stats, null).then(count, count);
  session.open(HOST, '/p/r', links[1]).close(1000);
  await turn();
  port.receive(...partsOf(bytes));
  const isThere = session.end === undefined;
  session.close(1000, 'over');
  await turn();
  for (const link of links) link.check();
  check(answers === 2 && ends === 1, `${answers} answers to two questions, and ${ends} ends`);
  port.check();
  return isThere;
}

/** What a page hears of a connection. What is thrown in a callback is nobody's: it is counted. */
class TriedLink implements ConnectionEvents {
  #opens = 0;
  #closes = 0;
  #late = 0;

  onOpen(): void {
    this.#opens++;
    this.#late += this.#closes;
  }

  onMessage(): void {
    this.#late += this.#closes;
  }

  onClose(): void {
    this.#closes++;
  }

  check(): void {
    check(this.#opens <= 1, `it opened ${this.#opens} times`);
    check(this.#closes === 1 && this.#late === 0, `it closed ${this.#closes} times, and heard ${this.#late} times more`);
  }
}

function encoded(frame: Frame): Uint8Array {
  switch (frame.type) {
    case FrameType.Hello:
      return helloFrame(frame);
    case FrameType.Welcome:
      return welcomeFrame(frame);
    case FrameType.Bye:
      return byeFrame(frame);
    case FrameType.Alive:
      return aliveFrame();
    case FrameType.Credit:
      return creditFrame(frame.id, frame.bytes);
    case FrameType.Open:
      return openFrame(frame.id, frame.host, frame.target);
    case FrameType.Opened:
      return openedFrame(frame.id);
    case FrameType.Data:
      return dataFrame(frame.id, frame.bytes, frame.delivery, frame.latest);
    case FrameType.Close:
      return closeFrame(frame.id, frame);
    case FrameType.Request:
      return requestFrame(frame.id, frame.host, frame.content);
    case FrameType.Response:
      return responseFrame(frame.id, frame.content);
    case FrameType.Failure:
      return failureFrame(frame.id, frame.error, frame.reason);
    case FrameType.Cancel:
      return cancelFrame(frame.id);
    case FrameType.Call:
      return callFrame(frame.id, frame.name, frame.json);
    case FrameType.Result:
      return resultFrame(frame.id, frame.json);
    case FrameType.Event:
      return eventFrame(frame.name, frame.json);
  }
}
