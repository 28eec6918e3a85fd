// Ten packets of a small shooter: as the dictionaries that the GodotSteam tutorial sends, as declared messages, and packed by hand.
import { schema, t } from '@colyseus/schema';
import { atMost, bytes, defineMessages, message } from '../src/messages.ts';
import { Vector2 } from './encodingGodot.ts';

const HOST = 76561198012345678n;
const NAMES = ['Sparrow', 'Mika', 'old_tom', 'Zoë', 'N1ghtOwl', 'Beekeeper', 'jules', 'Ottoline'];
const ITEMS = ['potion', 'rope', 'torch', 'iron_sword', 'shield', 'bread', 'lockpick', 'arrow', 'bow', 'gold'];

const ScoreRow = schema(
  { name: t.string(), team: t.uint8(), kills: t.uint16(), deaths: t.uint16(), ping: t.uint16() },
  'ScoreRow',
);
const Item = schema({ name: t.string(), count: t.uint8(), equipped: t.boolean() }, 'Item');
const PlayerPose = schema(
  {
    id: t.uint8(),
    x: t.float32(),
    y: t.float32(),
    angle: t.float32(),
    health: t.uint8(),
    alive: t.boolean(),
    firing: t.boolean(),
  },
  'PlayerPose',
);

export const messages = defineMessages({
  handshake: message({ from: t.biguint64(), version: t.uint16() }),
  move: message({ x: t.float32(), y: t.float32() }, { delivery: 'unreliable', latest: true }),
  shoot: message({ angle: t.float32(), power: t.uint8() }),
  chat: message({ text: atMost(t.string(), 400) }),
  score: message({ rows: t.array(ScoreRow) }, { delivery: 'buffered' }),
  inventory: message({ items: t.array(Item) }, { delivery: 'buffered' }),
  snapshot: message({ tick: t.uint32(), players: t.array(PlayerPose) }, { delivery: 'unreliableNoDelay', latest: true }),
  ready: message({ ready: t.boolean() }),
  ping: message(),
  voice: message({ frame: bytes(400) }, { delivery: 'unreliable' }),
});

export interface Packet {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>> | undefined;
  /** What `send_p2p_packet` of the tutorial is given. */
  readonly dictionary: Readonly<Record<string, unknown>>;
  /** The least that somebody would write who knows all the types: a byte that says which packet, then the values. */
  byHand(): Uint8Array;
}

/** Noise that is the same in every run. */
const noise = (i: number) => (Math.imul(i + 1, 0x9e37_79b1) >>> 8) / 2 ** 24;

const rows = NAMES.map((name, i) => ({
  name,
  team: i % 2,
  kills: Math.floor(noise(i) * 30),
  deaths: Math.floor(noise(i + 20) * 30),
  ping: 20 + Math.floor(noise(i + 40) * 180),
}));
const items = Array.from({ length: 20 }, (_, i) => ({
  name: ITEMS[Math.floor(noise(i + 60) * ITEMS.length)]!,
  count: 1 + Math.floor(noise(i + 80) * 99),
  equipped: i < 3,
}));
const players = Array.from({ length: 16 }, (_, i) => ({
  id: i,
  x: Math.fround(noise(i + 100) * 1920),
  y: Math.fround(noise(i + 120) * 1080),
  angle: Math.fround(noise(i + 140) * 6.28),
  health: Math.floor(noise(i + 160) * 101),
  alive: i % 5 !== 0,
  firing: i % 3 === 0,
}));
// Opus leaves nothing to compress.
const frame = Uint8Array.from({ length: 160 }, (_, i) => noise(i + 200) * 256);
const text = 'gg, one more? I have to leave at ten though';
const position = { x: Math.fround(512.37), y: Math.fround(288.91) };
const angle = Math.fround(1.2345);
const flat = ({ x, y, ...others }: (typeof players)[number]) => ({ position: new Vector2(x, y), ...others });

export const packets: readonly Packet[] = [
  {
    name: 'handshake',
    payload: { from: HOST, version: 3 },
    dictionary: { message: 'handshake', from: HOST, version: 3 },
    byHand: () =>
      pack(11, (view) => {
        view.setBigUint64(1, HOST);
        view.setUint16(9, 3);
      }),
  },
  {
    name: 'move',
    payload: position,
    dictionary: { message: 'move', position: new Vector2(position.x, position.y) },
    byHand: () =>
      pack(9, (view) => {
        view.setFloat32(1, position.x);
        view.setFloat32(5, position.y);
      }),
  },
  {
    name: 'shoot',
    payload: { angle, power: 80 },
    dictionary: { message: 'shoot', angle, power: 80 },
    byHand: () =>
      pack(6, (view) => {
        view.setFloat32(1, angle);
        view.setUint8(5, 80);
      }),
  },
  {
    name: 'chat',
    payload: { text },
    dictionary: { message: 'chat', text },
    // The text is all that is left of the packet: no length.
    byHand: () => pack(1 + utf8(text).length, (_view, put) => put(1, utf8(text))),
  },
  {
    name: 'score',
    payload: { rows },
    dictionary: { message: 'score', rows },
    byHand: () => {
      const sizes = rows.map(({ name }) => 1 + utf8(name).length + 7);
      return pack(2 + sum(sizes), (view, put) => {
        view.setUint8(1, rows.length);
        let at = 2;
        for (const { name, team, kills, deaths, ping } of rows) {
          const bytesOfName = utf8(name);
          view.setUint8(at, bytesOfName.length);
          put(at + 1, bytesOfName);
          at += 1 + bytesOfName.length;
          view.setUint8(at, team);
          view.setUint16(at + 1, kills);
          view.setUint16(at + 3, deaths);
          view.setUint16(at + 5, ping);
          at += 7;
        }
      });
    },
  },
  {
    name: 'inventory',
    payload: { items },
    dictionary: { message: 'inventory', items },
    byHand: () => {
      const flags = Math.ceil(items.length / 8);
      const sizes = items.map(({ name }) => 1 + utf8(name).length + 1);
      return pack(2 + flags + sum(sizes), (view, put) => {
        view.setUint8(1, items.length);
        putFlags(
          view,
          2,
          items.map(({ equipped }) => equipped),
        );
        let at = 2 + flags;
        for (const { name, count } of items) {
          const bytesOfName = utf8(name);
          view.setUint8(at, bytesOfName.length);
          put(at + 1, bytesOfName);
          view.setUint8(at + 1 + bytesOfName.length, count);
          at += 2 + bytesOfName.length;
        }
      });
    },
  },
  {
    name: 'snapshot',
    payload: { tick: 123_456, players },
    dictionary: { message: 'snapshot', tick: 123_456, players: players.map(flat) },
    byHand: () => {
      const flags = (players.length * 2) / 8;
      return pack(6 + flags + players.length * 14, (view) => {
        view.setUint32(1, 123_456);
        view.setUint8(5, players.length);
        putFlags(
          view,
          6,
          players.flatMap(({ alive, firing }) => [alive, firing]),
        );
        players.forEach(({ id, x, y, angle: heading, health }, i) => {
          const at = 6 + flags + i * 14;
          view.setUint8(at, id);
          view.setFloat32(at + 1, x);
          view.setFloat32(at + 5, y);
          view.setFloat32(at + 9, heading);
          view.setUint8(at + 13, health);
        });
      });
    },
  },
  {
    name: 'ready',
    payload: { ready: true },
    dictionary: { message: 'ready', ready: true },
    byHand: () => pack(2, (view) => view.setUint8(1, 1)),
  },
  { name: 'ping', payload: undefined, dictionary: { message: 'ping' }, byHand: () => pack(1, () => undefined) },
  {
    name: 'voice',
    payload: { frame },
    dictionary: { message: 'voice', frame },
    byHand: () => pack(1 + frame.length, (_view, put) => put(1, frame)),
  },
];

function pack(length: number, fill: (view: DataView, put: (at: number, bytes: Uint8Array) => void) => void): Uint8Array {
  const packed = new Uint8Array(length);
  fill(new DataView(packed.buffer), (at, part) => packed.set(part, at));
  return packed;
}

function putFlags(view: DataView, at: number, flags: readonly boolean[]): void {
  flags.forEach((flag, i) => {
    if (flag) view.setUint8(at + (i >> 3), view.getUint8(at + (i >> 3)) | (1 << (i & 7)));
  });
}

function utf8(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
