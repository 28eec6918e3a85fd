import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { LobbyType } from '../../../src/driver/LobbyDriver.ts';
import { SendType } from '../../../src/driver/SteamDriver.ts';
import { isIndividualSteamId } from '../../../src/driver/steamId.ts';
import {
  type Frame,
  FrameReader,
  FrameType,
  helloFrame,
  MAX_FRAME_BYTES,
  packetFrame,
  peerFrame,
  Role,
  releasedFrame,
  sendFrame,
  textFrame,
} from '../../../src/sim/hub/frames.ts';
import type { Hub } from '../../../src/sim/hub/Hub.ts';
import { HubClient } from '../../../src/sim/hub/HubClient.ts';
import {
  lobbyNewsTo,
  lobbyRequestsTo,
  readLobbyNews,
  readLobbyRequest,
  readRichPresence,
  richPresenceFrame,
} from '../../../src/sim/hub/lobbyFrames.ts';
import type { LobbyNews, LobbyRequests } from '../../../src/sim/lobbyPort.ts';
import { SimulatedSteam } from '../../../src/sim/SimulatedSteam.ts';
import { readSimulatedTicket, Tickets } from '../../../src/sim/Tickets.ts';
import { concat } from '../../wire/support.ts';
import { allowed, check, checkNothingPolluted, type Decoder } from './Decoder.ts';

const USER = 76561197960265729n;
const LOBBY = 109775240917155376n;
const DATA = new Map([
  ['mode', 'duel'],
  ['café', ''],
]);

const REQUESTS: readonly ((requests: LobbyRequests) => void)[] = [
  (requests) => requests.create(1, LobbyType.Public, 4),
  (requests) => requests.join(2, LOBBY),
  (requests) => requests.list(3, DATA),
  (requests) => requests.leave(LOBBY),
  (requests) => requests.setData(LOBBY, DATA),
  (requests) => requests.setJoinable(LOBBY, true),
  (requests) => requests.openInviteDialog(LOBBY),
];
const VIEW = {
  lobby: LOBBY,
  isMember: true,
  owner: USER,
  members: [USER, USER + 1n],
  memberCount: 2,
  memberLimit: 4,
  data: DATA,
};
const NEWS: readonly ((news: LobbyNews) => void)[] = [
  (news) => news.state(VIEW),
  (news) => news.state({ ...VIEW, isMember: false, owner: 0n, members: [], data: new Map() }),
  (news) => news.entered(1, 1, LOBBY),
  (news) => news.listed(3, [LOBBY, LOBBY + 1n]),
  (news) => news.joinRequested(LOBBY, USER),
];
const requestFrames = REQUESTS.map((ask) => written(lobbyRequestsTo, ask));

export const hubDecoders: readonly Decoder[] = [
  {
    name: 'hub',
    seeds: [
      concat(helloFrame(Role.User, 7n, 'Ann'), sendFrame(9n, 2, 0, Uint8Array.of(1, 2, 3))),
      concat(packetFrame(9n, 1, new Uint8Array(40)), releasedFrame(9n, 40)),
    ],
    decode(bytes) {
      const frames = framesIn(bytes, (reader, chunk) => reader.push(Buffer.from(chunk)));
      const same = framesIn(bytes, (reader, chunk) => {
        reader.room().set(chunk);
        reader.wrote(chunk.length);
      });
      check(isDeepStrictEqual(frames, same), 'what is read into its room is cut elsewhere');
      return (frames?.length ?? 0) > 0;
    },
  },
  {
    name: 'hubRequest',
    seeds: [...requestFrames, richPresenceFrame('status', 'in a game')].map(withoutLength),
    decode(bytes) {
      const frame = frameOf(bytes);
      if (frame.type === FrameType.RichPresence) return isRead(() => readRichPresence(frame.body).size > 0);
      return isReadAndSame(frame, lobbyRequestsTo, readLobbyRequest);
    },
  },
  {
    name: 'hubNews',
    seeds: NEWS.map((tell) => withoutLength(written(lobbyNewsTo, tell))),
    decode: (bytes) => isReadAndSame(frameOf(bytes), lobbyNewsTo, readLobbyNews),
  },
  {
    name: 'hubClient',
    seeds: [
      concat(
        helloFrame(Role.User, 0n, 'Ann'),
        sendFrame(USER, SendType.Reliable, 0, new Uint8Array(40)),
        peerFrame(FrameType.AcceptSession, USER),
        peerFrame(FrameType.CloseSession, USER),
        textFrame(FrameType.Bye, ''),
      ),
      concat(helloFrame(Role.User, USER + 5n, ''), ...requestFrames, richPresenceFrame('status', 'in a game')),
      command('status'),
      command('setLinkConditions', String(USER), String(USER + 1n), { latencyMs: 50, loss: 0.1 }),
      command('addForeignLobbies', 3, { mode: 'duel' }),
      command('loseSteam', String(USER), 'why not'),
    ],
    decode: hearProcess,
  },
  {
    name: 'hubTicket',
    seeds: [new TextEncoder().encode(JSON.stringify({ steamId: String(USER), identity: `colyseus:${USER}`, serial: 1 }))],
    decode(bytes) {
      const ticket = readSimulatedTicket(bytes);
      check(new Tickets().verify(bytes, ticket?.identity ?? '') === undefined, 'a ticket is good that nobody made');
      checkNothingPolluted();
      if (ticket === undefined) return false;
      check(isIndividualSteamId(ticket.steamId) && Number.isSafeInteger(ticket.serial), `a ticket of ${ticket.steamId}`);
      return true;
    },
  },
];

/** In two pieces. Undefined: it is no stream of frames. */
function framesIn(bytes: Uint8Array, give: (reader: FrameReader, chunk: Uint8Array) => void): Frame[] | undefined {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let read = 0;
  const isStream = isRead(() => {
    for (const half of [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]) {
      give(reader, half);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        frames.push(frame);
        read += 5 + frame.body.length;
        check(frame.body.length < MAX_FRAME_BYTES && read <= bytes.length, 'there is more in frames than what came');
      }
    }
    return true;
  });
  return isStream ? frames : undefined;
}

function withoutLength(frame: Uint8Array): Uint8Array {
  return frame.subarray(4);
}

function frameOf(bytes: Uint8Array): Frame {
  return { type: bytes[0] ?? 0, body: Buffer.from(bytes.subarray(1)) };
}

function written<T>(encoder: (write: (frame: Buffer) => void) => T, say: (to: T) => void): Buffer {
  let written: Buffer = Buffer.alloc(0);
  say(
    encoder((frame) => {
      written = frame;
    }),
  );
  return written;
}

/** False for what is wrong, which is a RangeError. */
function isRead(read: () => boolean): boolean {
  try {
    return read();
  } catch (error) {
    return allowed(error, RangeError);
  }
}

/** Reads a frame into the frame that would have been sent, and that again. */
function isReadAndSame<T>(
  frame: Frame,
  encoder: (write: (frame: Buffer) => void) => T,
  read: (to: T, frame: Frame) => boolean,
): boolean {
  let isTaken = false;
  const sent = written(encoder, (to) => {
    isTaken = isRead(() => read(to, frame));
  });
  check(isTaken === sent.length > 0, 'something was said by a frame that is wrong, or nothing by one that is right');
  // A text that was no UTF-8 is longer than it was, and need not fit.
  if (!isTaken || sent.includes('\ufffd')) return isTaken;
  check(sent.length <= 5 + frame.body.length, `${sent.length} bytes of ${frame.body.length}`);
  const again = written(encoder, (to) => void read(to, frameOf(withoutLength(sent))));
  check(again.equals(sent), 'it is not what would have been sent');
  return true;
}

function command(method: string, ...args: readonly unknown[]): Uint8Array {
  return concat(helloFrame(Role.Control, 0n, ''), textFrame(FrameType.Command, JSON.stringify({ id: 1, method, args })));
}

/** The hub's end of a connection to a process that says so. Whether it is there still. */
function hearProcess(bytes: Uint8Array): boolean {
  const steam = new SimulatedSteam();
  const innocent = steam.user();
  innocent.start({
    onSessionRequest: (peer) => innocent.acceptSession(peer),
    onPacket: () => undefined,
    onSessionFailed: () => undefined,
    onSteamLost: () => undefined,
    onSteamRestored: () => undefined,
  });
  const socket = new TriedSocket();
  const hub = { steam, users: [innocent.steamId], wake: () => undefined, remove: () => undefined };
  const client = new HubClient(hub as unknown as Hub, socket as unknown as Socket);
  socket.emit('data', Buffer.from(bytes));
  for (let turns = 0; turns < 3; turns++) {
    steam.advance(500);
    innocent.poll(100);
    client.pump();
  }
  // As with a socket, the end comes after whatever ended it.
  socket.emit('close');
  check(client.steamId === undefined, 'the user of a connection that is over is still there');
  check(!innocent.isClosed && steam.user().steamId !== innocent.steamId, 'another user is gone');
  socket.checkWritten();
  checkNothingPolluted();
  return !socket.isOver && socket.written.length > 0;
}

/** What a {@link HubClient} takes for a socket. */
class TriedSocket extends EventEmitter {
  readonly writableLength = 0;
  readonly written: Buffer[] = [];
  isOver = false;

  write(frame: Buffer): void {
    if (!this.isOver) this.written.push(frame);
  }

  end(frame: Buffer): void {
    this.write(frame);
    this.isOver = true;
  }

  cork(): void {}

  uncork(): void {}

  destroy(): void {
    this.isOver = true;
  }

  checkWritten(): void {
    const reader = new FrameReader();
    reader.push(Buffer.concat(this.written));
    for (const { length } of this.written) check(reader.next()?.body.length === length - 5, 'what was written is no frame');
  }
}
