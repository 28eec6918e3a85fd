import { describe, expect, test } from '@jest/globals';
import { LobbyEnterResponse, LobbyError, LobbyType } from '../../src/driver/LobbyDriver.ts';
import { type Frame, FrameReader } from '../../src/sim/hub/frames.ts';
import {
  lobbyNewsTo,
  lobbyRequestsTo,
  readLobbyNews,
  readLobbyRequest,
  readRichPresence,
  richPresenceFrame,
} from '../../src/sim/hub/lobbyFrames.ts';
import { LocalLobbies } from '../../src/sim/LocalLobbies.ts';
import type { LobbyNews, LobbyRequests } from '../../src/sim/lobbyPort.ts';
import { Random } from '../../src/sim/Random.ts';
import { lobbyDeskOf } from '../../src/sim/SimulatedDriver.ts';
import { SimulatedSteam } from '../../src/sim.ts';

const LOBBY = 109775240917155841n;
const [A, B] = [76561197960265729n, 76561197960265730n];

/** Whatever is called, with its arguments. */
function recorder<T extends object>(): { calls: unknown[][]; recorder: T } {
  const calls: unknown[][] = [];
  const handler = {
    get:
      (_target: object, name: string) =>
      (...args: unknown[]) =>
        calls.push([name, ...args]),
  };
  return { calls, recorder: new Proxy({}, handler) as T };
}

function frameOf(bytes: Buffer): Frame {
  const reader = new FrameReader();
  reader.push(bytes);
  return reader.next() as Frame;
}

/** Layouts, as a program in another language has them, too. */
const requests: [name: string, send: (to: LobbyRequests) => void, hex: string][] = [
  ['create', (to) => to.create(7, LobbyType.Public, 250), '08000000 10 07000000 02 fa00'],
  ['join', (to) => to.join(0xffff_fffe, LOBBY), '0d000000 11 feffffff 0100000000008601'],
  ['list', (to) => to.list(1, new Map([['game', 'é']])), '10000000 12 01000000 0100 04 67616d65 0200 c3a9'],
  ['list of all', (to) => to.list(2, new Map()), '07000000 12 02000000 0000'],
  ['leave', (to) => to.leave(LOBBY), '09000000 13 0100000000008601'],
  [
    'setData',
    (to) =>
      to.setData(
        LOBBY,
        new Map([
          ['k', 'v'],
          ['gone', ''],
        ]),
      ),
    '17000000 14 0100000000008601 0200 01 6b 0100 76 04 676f6e65 0000',
  ],
  ['setJoinable', (to) => to.setJoinable(LOBBY, true), '0a000000 15 0100000000008601 01'],
  ['openInviteDialog', (to) => to.openInviteDialog(LOBBY), '09000000 16 0100000000008601'],
];

const news: [name: string, send: (to: LobbyNews) => void, hex: string][] = [
  [
    'state of a member',
    (to) =>
      to.state({
        lobby: LOBBY,
        isMember: true,
        owner: A,
        members: [A, B],
        memberCount: 2,
        memberLimit: 4,
        data: new Map([['k', 'v']]),
      }),
    '2f000000 90 0100000000008601 0100000001001001 01 0400 0200 0200 0100000001001001 0200000001001001 0100 01 6b 0100 76',
  ],
  [
    'state of a stranger',
    (to) => to.state({ lobby: LOBBY, isMember: false, owner: 0n, members: [], memberCount: 3, memberLimit: 4, data: new Map() }),
    '1a000000 90 0100000000008601 0000000000000000 00 0400 0300 0000 0000',
  ],
  ['entered', (to) => to.entered(7, LobbyEnterResponse.Full, LOBBY), '0e000000 91 07000000 04 0100000000008601'],
  ['listed', (to) => to.listed(7, [LOBBY]), '0f000000 92 07000000 0100 0100000000008601'],
  ['joinRequested', (to) => to.joinRequested(LOBBY, A), '11000000 93 0100000000008601 0100000001001001'],
];

describe('Frames of lobbies', () => {
  test.each(requests)('a process asks: %s', (_name, send, hex) => {
    const written: Buffer[] = [];
    send(lobbyRequestsTo((frame) => written.push(frame)));
    expect(written.map((frame) => frame.toString('hex'))).toEqual([hex.replaceAll(' ', '')]);

    const { calls, recorder: read } = recorder<LobbyRequests>();
    expect(readLobbyRequest(read, frameOf(written[0] as Buffer))).toBe(true);
    const { calls: sent, recorder: direct } = recorder<LobbyRequests>();
    send(direct);
    expect(calls).toEqual(sent);
  });

  test.each(news)('the hub tells: %s', (_name, send, hex) => {
    const written: Buffer[] = [];
    send(lobbyNewsTo((frame) => written.push(frame)));
    expect(written.map((frame) => frame.toString('hex'))).toEqual([hex.replaceAll(' ', '')]);

    const { calls, recorder: read } = recorder<LobbyNews>();
    expect(readLobbyNews(read, frameOf(written[0] as Buffer))).toBe(true);
    const { calls: sent, recorder: direct } = recorder<LobbyNews>();
    send(direct);
    expect(calls).toEqual(sent);
  });

  test('rich presence', () => {
    const frame = richPresenceFrame('status', 'é');
    expect(frame.toString('hex')).toBe('0e000000 17 0100 06 737461747573 0200 c3a9'.replaceAll(' ', ''));
    expect([...readRichPresence(frameOf(frame).body)]).toEqual([['status', 'é']]);
    expect([...readRichPresence(frameOf(richPresenceFrame('status', '')).body)]).toEqual([['status', '']]);
  });

  test('cut short, they are refused: nothing of them is carried out', () => {
    const written: Buffer[] = [];
    for (const [, send] of requests) send(lobbyRequestsTo((frame) => written.push(frame)));
    const requestCount = written.length;
    for (const [, send] of news) send(lobbyNewsTo((frame) => written.push(frame)));
    for (const [i, whole] of written.entries()) {
      const { type, body } = frameOf(whole);
      for (let length = 0; length < body.length; length++) {
        const { calls, recorder: read } = recorder<LobbyRequests & LobbyNews>();
        const cut = { type, body: body.subarray(0, length) };
        expect(() => (i < requestCount ? readLobbyRequest(read, cut) : readLobbyNews(read, cut))).toThrow(RangeError);
        expect(calls).toEqual([]);
      }
    }
  });

  test('with more behind their end, or with what no driver sends, requests are refused', () => {
    const wrong = [
      '10 07000000 02 fa00 00',
      '10 07000000 02 fb00',
      '10 07000000 02 0000',
      '10 07000000 04 0400',
      '11 07000000 0100000001001001',
      '12 01000000 0100 00 0100 76',
      '13 0000000000000000',
      '14 0100000000008601 0100 02 6b00 0100 76',
      '14 0100000000008601 ffff',
      '15 0100000000008601 01 01',
    ];
    for (const hex of wrong) {
      const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
      const { calls, recorder: read } = recorder<LobbyRequests>();
      expect(() => readLobbyRequest(read, { type: bytes[0] as number, body: bytes.subarray(1) })).toThrow(RangeError);
      expect(calls).toEqual([]);
    }
  });

  test('random bytes do nothing but throw a RangeError', () => {
    const random = new Random(1);
    for (let i = 0; i < 20_000; i++) {
      const body = Buffer.from(Array.from({ length: Math.floor(random.next() * 40) }, () => Math.floor(random.next() * 256)));
      const type = (i % 2 === 0 ? 0x10 : 0x90) + Math.floor(random.next() * 8);
      try {
        readLobbyRequest(recorder<LobbyRequests>().recorder, { type, body });
        readLobbyNews(recorder<LobbyNews>().recorder, { type, body });
        readRichPresence(body);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });
});

describe('A process and the hub, whose frames cross', () => {
  /**
   * Users who come, go and set data while what the hub said of before is still on its way to them. Taken as it comes, a state of before
   * he left makes a user a member again, and one of before an owner's last change takes it away from him.
   */
  test.each(Array.from({ length: 30 }, (_, i) => i + 1))('agree in the end, seed %i', (seed) => {
    const random = new Random(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)] as T;
    const steam = new SimulatedSteam({ seed, lobbyCallMs: seed % 3, lobbyListMs: seed % 2, lobbyUpdateMs: (seed % 4) * 2 });
    const users = Array.from({ length: 5 }, () => new Remote(steam));
    const ids: bigint[] = [];
    const learn = (lobby: { readonly id: bigint }): void => void ids.push(lobby.id);
    const acts: ((user: Remote) => void)[] = [
      (user) => user.lobbies.create(pick(Object.values(LobbyType)), 3).then(learn, refused),
      (user) => ids.length > 0 && user.lobbies.join(pick(ids)).then(() => {}, refused),
      (user) => ids.length > 0 && user.lobbies.join(pick(ids)).then(() => {}, refused),
      (user) => void user.lobbies.list().then((found) => ids.push(...found.map(({ id }) => id)), refused),
      (user) => ids.length > 0 && user.lobbies.leave(pick(ids)),
      (user) => ids.length > 0 && user.setData(pick(ids), pick(['a', 'b', 'c']), pick(['', '1', '2', '3'])),
      (user) => random.chance(0.1) && steam.lobbies.drop(user.steamId),
      () => steam.advance(1),
    ];
    for (let step = 0; step < 600; step++) {
      for (const id of steam.lobbies.ids) if (!ids.includes(id)) ids.push(id);
      const user = pick(users);
      if (random.chance(0.6)) user.carryOne(pick(['up', 'down']));
      else pick(acts)(user);
      for (const one of users) one.checkOwnData();
    }
    for (let quiet = 0; quiet < 10; quiet++) {
      for (const user of users) while (user.carryOne('up'));
      steam.advance(10);
      for (const user of users) while (user.carryOne('down'));
    }
    let members = 0;
    for (const id of ids) {
      const lobby = steam.lobbies.inspect(id);
      for (const { steamId, lobbies } of users) {
        const isMember = lobby?.members.includes(steamId) ?? false;
        if (isMember) members++;
        const view = lobbies.view(id);
        expect([seed, view?.isMember ?? false]).toEqual([seed, isMember]);
        if (!isMember) continue;
        expect([view?.owner, view?.members]).toEqual([lobby?.owner, lobby?.members]);
        expect(Object.fromEntries(view?.data ?? [])).toEqual(lobby?.data);
      }
    }
    expect(members).toBeGreaterThan(0);
    steam.close();
  });
});

/** A user whose process is beyond frames that take their time, each way in their order. */
class Remote {
  readonly steamId: bigint;
  readonly lobbies: LocalLobbies;
  readonly #desk: LobbyRequests;
  /** Data of the lobbies that he owns, as he has set it. */
  readonly #own = new Map<bigint, Record<string, string>>();
  readonly #ways = { up: [] as Buffer[], down: [] as Buffer[] };

  constructor(steam: SimulatedSteam) {
    const driver = steam.user();
    const desk = lobbyDeskOf(driver);
    desk.news = lobbyNewsTo((frame) => this.#ways.down.push(frame));
    this.#desk = desk;
    this.steamId = driver.steamId;
    this.lobbies = new LocalLobbies(driver.steamId, {
      ...lobbyRequestsTo((frame) => this.#ways.up.push(frame)),
      isUp: true,
      runDue() {},
    });
  }

  setData(lobby: bigint, key: string, value: string): void {
    if (!this.lobbies.setData(lobby, { [key]: value })) return;
    const { [key]: _, ...data } = this.#own.get(lobby) ?? Object.fromEntries(this.lobbies.view(lobby)?.data ?? []);
    this.#own.set(lobby, value === '' ? data : { ...data, [key]: value });
  }

  /** What he has set he sees, for as long as he owns the lobby. */
  checkOwnData(): void {
    for (const [lobby, data] of this.#own) {
      const view = this.lobbies.view(lobby);
      if (view?.owner !== this.steamId) this.#own.delete(lobby);
      else expect(Object.fromEntries(view.data)).toEqual(data);
    }
  }

  /** False: there is nothing on its way. */
  carryOne(way: 'up' | 'down'): boolean {
    const bytes = this.#ways[way].shift();
    if (bytes === undefined) return false;
    const frame = frameOf(bytes);
    expect(way === 'up' ? readLobbyRequest(this.#desk, frame) : readLobbyNews(this.lobbies, frame)).toBe(true);
    return true;
  }
}

function refused(error: unknown): void {
  expect(error).toBeInstanceOf(LobbyError);
}
