import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { LobbyType } from '../../src/driver/LobbyDriver.ts';
import { type Frame, FrameReader } from '../../src/sim/hub/frames.ts';
import { lobbyNewsTo } from '../../src/sim/hub/lobbyFrames.ts';
import { connectHubControl, connectToHub, type HubControl, type HubDriver } from '../../src/sim.ts';
import { describeNative, doubleEnvironment } from './double.ts';
import { type AddonTools, onAddon } from './onAddon.ts';

// What steamworks.js 0.4.0 does to whoever uses its lobbies, rich presence and tickets, and what the driver makes of it: as traps.test.ts,
// whose numbers go on here. Functions given to onAddon() run in other processes: they see their arguments only.

jest.setTimeout(60_000);

const SELF = 76561197960265728n + 2_000n;
const STRANGER = 76561197960265728n + 3_000_000_000n;
/** No lobby of the hub. */
const NOWHERE = 0x0186_0000_ffff_0000n;

/**
 * The type of a frame, and its body behind the id of the lobby: a stranger owns it, and we are a member. For what nobody can set by this
 * library, but others can by theirs.
 */
type State = readonly [type: number, rest: Uint8Array];

function stateOf(data: Record<string, string>): State {
  const frames: Buffer[] = [];
  const view = { lobby: 0n, isMember: true, owner: STRANGER, members: [STRANGER, SELF], memberCount: 2, memberLimit: 4 };
  lobbyNewsTo((frame) => frames.push(frame)).state({ ...view, data: new Map(Object.entries(data)) });
  const reader = new FrameReader();
  reader.push(Buffer.concat(frames));
  const { type, body } = reader.next() as Frame;
  return [type, body.subarray(8)];
}

describeNative('steamworks.js and lobbies', () => {
  const hub = { name: `lobby-traps-${process.pid}` };
  let control: HubControl;
  /** Another user, of the hub itself. */
  let other: HubDriver;
  let environment: Record<string, string>;

  beforeAll(async () => {
    control = await connectHubControl(hub);
    other = await connectToHub(hub);
    environment = doubleEnvironment({ hub, steamId: SELF, sanitized: true });
  });
  afterAll(() => {
    other?.close();
    control?.close();
  });

  test.each([
    ['setData, value', (lobby) => lobby.setData('key', 'va\0lue')],
    ['setData, key', (lobby) => lobby.setData('k\0y', 'value')],
    ['mergeFullData', (lobby) => lobby.mergeFullData({ key: 'va\0lue' })],
    ['getData', (lobby) => lobby.getData('k\0y')],
    ['deleteData', (lobby) => lobby.deleteData('k\0y')],
    ['setRichPresence', (_lobby, steam) => steam.localplayer.setRichPresence('status', 'va\0lue')],
  ] as [string, (lobby: Lobby, steam: Steam) => void][])('trap 5: a NUL character aborts the process, %s', async (_what, act) => {
    const death = onAddon(
      environment,
      async ({ steamworks }, act) => {
        const steam = steamworks.init(480);
        const lobby = await steam.matchmaking.createLobby(2 as number, 4);
        new Function(`return (${act})`)()(lobby, steam);
      },
      String(act),
    );
    await expect(death).rejects.toMatchObject({ signal: 'SIGABRT' });
  });

  test('trap 5: a NUL character in a ticket’s identity, and too many members, panic behind the scenes; the driver throws before', async () => {
    const seen = await onAddon(environment, async ({ steamworks, SteamworksDriver }) => {
      const steam = steamworks.init(480);
      const driver = new SteamworksDriver(steam);
      const lobby = await driver.lobbies!.create(2, 4);
      const words = (error: Error): string => error.message;
      const thrown = (act: () => unknown): string => {
        try {
          return String(act());
        } catch (error) {
          return (error as Error).name;
        }
      };
      return {
        binding: [
          await steam.auth.getAuthTicketForWebApi('a\0b').catch(words),
          await steam.matchmaking.createLobby(2 as number, 251).catch(words),
        ],
        driver: [
          thrown(() => lobby.setData({ first: '1', key: 'va\0lue' })),
          thrown(() => driver.setRichPresence!('k\0y', 'value')),
          thrown(() => driver.createTicket!('a\0b')),
          thrown(() => driver.lobbies!.create(2, 251)),
        ],
        data: lobby.data(),
      };
    });
    expect(seen.binding).toEqual(['Panic in async function', 'assertion failed: max_members <= 250']);
    expect(seen.driver).toEqual(Array(4).fill('RangeError'));
    expect(seen.data).toEqual({});
  });

  const badValue = stateOf({ good: '1', bad: 'A?B' });
  badValue[1][badValue[1].lastIndexOf(0x3f)] = 0xff;

  test('trap 16: to read one value aborts the process when it is not UTF-8', async () => {
    const death = onAddon(environment, readValue, badValue);
    await expect(death).rejects.toMatchObject({ signal: 'SIGABRT' });
  });

  test('trap 16: the driver reads all of them, which does not', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, fifo, until }, [type, rest]) => {
        const injection = fifo();
        const lobby = await new SteamworksDriver(steamworks.init(480)).lobbies!.create(2, 4);
        const id = Buffer.alloc(8);
        id.writeBigUInt64LE(lobby.id);
        // Again and again: the hub may say at any time how it is.
        await until(() => {
          injection.frame(type, Buffer.concat([id, rest]));
          return lobby.memberCount === 2;
        });
        return { data: lobby.data(), members: lobby.members(), owner: lobby.owner() };
      },
      badValue,
    );
    expect(seen).toEqual({ data: { good: '1', bad: 'A\ufffdB' }, members: [STRANGER, SELF], owner: STRANGER });
  });

  test('trap 16: what is as long as Valve allows comes back cut; what is as long as the driver allows is whole', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, fifo, until }, [type, rest]) => {
        const injection = fifo();
        const lobby = await new SteamworksDriver(steamworks.init(480)).lobbies!.create(2, 4);
        lobby.setData({ ['k'.repeat(254)]: 'v'.repeat(8_191) });
        const own = Object.entries(lobby.data()).map(([key, value]) => [key.length, value.length]);
        const id = Buffer.alloc(8);
        id.writeBigUInt64LE(lobby.id);
        // Again and again: the hub may say at any time how it is.
        await until(() => {
          injection.frame(type, Buffer.concat([id, rest]));
          return lobby.memberCount === 2;
        });
        return { own, others: Object.keys(lobby.data()).map((key) => key.length) };
      },
      stateOf({ ['k'.repeat(255)]: 'value' }),
    );
    expect(seen).toEqual({ own: [[254, 8_191]], others: [254] });
  });

  test('trap 7: small ids are numbers in callbacks, bigints in the driver; and nobody is undefined', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, SteamCallbacks, SteamCallback, fifo, until }) => {
        const injection = fifo();
        const steam = steamworks.init(480);
        const raw: unknown[] = [];
        SteamCallbacks.of(steam).on(SteamCallback.LobbyDataUpdate, ({ lobby, member }) => raw.push(lobby, member));
        SteamCallbacks.of(steam).on(SteamCallback.GameLobbyJoinRequested, ({ friend_steam_id }) => raw.push(friend_steam_id));
        const told: unknown[] = [];
        const { lobbies } = new SteamworksDriver(steam);
        lobbies!.subscribe({
          onJoinRequested: (lobby, friend) => told.push(lobby, friend),
          onLobbyChanged: (lobby) => told.push(lobby),
        });
        const ids = Buffer.alloc(20);
        ids.writeBigUInt64LE(5n, 0);
        ids.writeBigUInt64LE(6n, 8);
        injection.callback(505, ids); // of a lobby that we are not in
        ids.writeBigUInt64LE(0n, 8);
        injection.callback(333, ids.subarray(0, 16));
        await until(() => told.length === 2);
        return { raw, told };
      },
    );
    expect(seen).toEqual({ raw: [5, 6, 0], told: [5n, undefined] });
  });

  test('trap 11: an answer that Steam loses leaves its promise pending, and harms no other', async () => {
    await control.lobbies.losePromises(SELF, 2);
    const seen = await onAddon(environment, async ({ steamworks, SteamworksDriver, sleep }) => {
      const steam = steamworks.init(480);
      const { lobbies } = new SteamworksDriver(steam);
      const settled: string[] = [];
      const watch = (name: string, promise: Promise<unknown>) => void promise.finally(() => settled.push(name));
      watch('of the binding', steam.matchmaking.getLobbies());
      watch('of the driver', lobbies!.list());
      // The addon asks on threads of its own: one that starts late would have its answer in the place of a lost one.
      await sleep(500);
      const later = await lobbies!.list();
      await sleep(200);
      return { settled, later };
    });
    expect(seen).toEqual({ settled: [], later: [] });
  });

  test('trap 11: another init leaves what was asked pending for ever', async () => {
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, sleep }, nowhere) => {
        const steam = steamworks.init(480);
        const { lobbies } = new SteamworksDriver(steam);
        let isSettled = false;
        void steam.matchmaking.joinLobby(nowhere).then(
          () => (isSettled = true),
          () => (isSettled = true),
        );
        await sleep(10);
        steamworks.init(480);
        await sleep(300);
        const again = await lobbies!.create(2, 4); // which needs nothing of what is gone
        return { isSettled, members: again.memberCount };
      },
      NOWHERE,
    );
    expect(seen).toEqual({ isSettled: false, members: 1 });
  });

  test('trap 11: all failures to join say the same', async () => {
    const full = await other.lobbies.create(LobbyType.Private, 1);
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver }, [full, nowhere]) => {
        const steam = steamworks.init(480);
        const { lobbies } = new SteamworksDriver(steam);
        const failures: unknown[] = [];
        for (const id of [full, nowhere]) {
          await steam.matchmaking.joinLobby(id as bigint).catch(({ message }) => failures.push(message));
          await lobbies!.join(id as bigint).catch(({ name, response, cause }) => failures.push([name, response, cause.message]));
        }
        return failures;
      },
      [full.id, NOWHERE],
    );
    full.leave();
    const both = ['Failed to join lobby', ['LobbyError', undefined, 'Failed to join lobby']];
    expect(seen).toEqual([...both, ...both]);
  });

  test('trap 11: of two tickets at once one rejects; of the driver both come, whoever asks', async () => {
    const seen = await onAddon(environment, async ({ steamworks, SteamworksDriver }) => {
      const steam = steamworks.init(480);
      const raw = ['a', 'b'].map((identity) => steam.auth.getAuthTicketForWebApi(identity));
      const statuses = (await Promise.allSettled(raw)).map((outcome) =>
        outcome.status === 'rejected' ? outcome.reason.message : outcome.status,
      );
      const drivers = [new SteamworksDriver(steam), new SteamworksDriver(steam)];
      const tickets = await Promise.all(drivers.map((driver) => driver.createTicket!('my-game')));
      const differ = Buffer.compare(tickets[0]!.bytes, tickets[1]!.bytes) !== 0;
      for (const ticket of tickets) ticket.cancel();
      return { statuses, differ, isPlain: Object.getPrototypeOf(tickets[0]!.bytes) === Uint8Array.prototype };
    });
    // The addon asks for them on threads of its own: who comes first is not said, but as a rule it is the first who loses.
    seen.statuses.sort();
    expect(seen).toEqual({ statuses: ['channel closed', 'fulfilled'], differ: true, isPlain: true });
  });

  test('trap 12: counts are bigints, no data is null, and of a lobby that is not ours each member is 0', async () => {
    const lobby = await other.lobbies.create(LobbyType.Public, 3);
    lobby.setData({ map: 'dust' });
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver }, id) => {
        const steam = steamworks.init(480);
        const [raw] = (await steam.matchmaking.getLobbies()).filter((lobby) => lobby.id === id);
        const [listed] = (await new SteamworksDriver(steam).lobbies!.list()).filter((lobby) => lobby.id === id);
        const ids = raw!.getMembers().map(({ steamId64 }) => steamId64);
        const own = await steam.matchmaking.createLobby(0 as number, 4);
        own.setData('key', 'value');
        own.setData('key', '');
        const unknown = await own.join().then(
          (joined) => {
            joined.leave();
            return [joined.getMemberCount(), joined.getMemberLimit(), joined.getMembers().length];
          },
          () => [],
        );
        return {
          raw: [
            raw!.getMemberCount(),
            raw!.getMemberLimit(),
            ids,
            raw!.getOwner().steamId64,
            raw!.getData('map'),
            raw!.getData('no'),
          ],
          driver: [listed!.memberCount, listed!.memberLimit, listed!.members(), listed!.owner(), listed!.data()],
          deleted: [own.getData('key'), own.getFullData()],
          unknown,
        };
      },
      lobby.id,
    );
    lobby.leave();
    expect(seen).toEqual({
      raw: [1n, 3n, [0n], 0n, 'dust', null],
      driver: [1, 3, [], undefined, { map: 'dust' }],
      deleted: [null, {}],
      unknown: [0n, null, 0],
    });
  });

  test('trap 12: a lobby is an id: it is as good after we left and came back, and nobody can make one', async () => {
    const lobby = await other.lobbies.create(LobbyType.Public, 4);
    const seen = await onAddon(
      environment,
      async ({ steamworks }, id) => {
        const steam = steamworks.init(480);
        const first = await steam.matchmaking.joinLobby(id);
        first.leave();
        const away = first.getMemberCount();
        await first.join();
        const { Lobby } = steam.matchmaking as unknown as { Lobby: new () => unknown };
        let refusal = '';
        try {
          new Lobby();
        } catch (error) {
          refusal = (error as Error).message;
        }
        return { away, back: first.getMembers().length, refusal };
      },
      lobby.id,
    );
    lobby.leave();
    expect(seen).toEqual({ away: 0n, back: 2, refusal: 'Class contains no `constructor`, can not new it!' });
  });

  test('trap 17: Steam says (as others report) that data was set by one who does not own the lobby; the driver does not', async () => {
    const lobby = await other.lobbies.create(LobbyType.Public, 4);
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, sleep }, id) => {
        const steam = steamworks.init(480);
        const raw = await steam.matchmaking.joinLobby(id);
        const said = raw.setData('map', 'mine');
        await sleep(50);
        const joined = await new SteamworksDriver(steam).lobbies!.join(id);
        return { said, data: raw.getFullData(), driver: joined.setData({ map: 'mine' }) };
      },
      lobby.id,
    );
    lobby.leave();
    expect(seen).toEqual({ said: true, data: {}, driver: false });
  });

  test('trap 18: a ticket makes steamworks.js write to stdout, and aborts the process when nobody reads that', async () => {
    const play = async ({ steamworks, SteamworksDriver }: AddonTools, isBroken: boolean) => {
      const fs = process.getBuiltinModule('node:fs');
      const fifo = `/tmp/stdout-${process.pid}`;
      process.getBuiltinModule('node:child_process').execFileSync('mkfifo', [fifo]);
      const reader = fs.openSync(fifo, 'r+');
      fs.closeSync(1);
      fs.openSync(fifo, 'w'); // the lowest number that is free: stdout
      fs.rmSync(fifo);
      if (isBroken) fs.closeSync(reader);
      await new SteamworksDriver(steamworks.init(480)).createTicket!('my-game');
      const said = Buffer.alloc(100);
      return said.toString('utf8', 0, fs.readSync(reader, said));
    };
    await expect(onAddon(environment, play, false)).resolves.toMatch(/^From raw: 0x[0-9a-f]+\n$/);
    await expect(onAddon(environment, play, true)).rejects.toMatchObject({ signal: 'SIGABRT' });
  });

  test('trap 4: what is on its way is told, though others subscribe meanwhile, which registers all anew', async () => {
    const requests = 300;
    const seen = await onAddon(
      environment,
      async ({ steamworks, SteamworksDriver, fifo, sleep, until }, requests) => {
        const injection = fifo();
        const { lobbies } = new SteamworksDriver(steamworks.init(480));
        const told: bigint[] = [];
        lobbies!.subscribe({ onJoinRequested: (lobby) => told.push(lobby) });
        const restless = setInterval(() => lobbies!.subscribe({ onJoinRequested() {}, onLobbyChanged() {} })(), 1);
        for (let i = 1; i <= requests; i++) {
          const request = Buffer.alloc(16);
          request.writeBigUInt64LE(BigInt(i));
          injection.callback(333, request);
          await sleep(1);
        }
        await until(() => told.length >= requests);
        clearInterval(restless);
        return told;
      },
      requests,
    );
    expect(seen).toEqual(Array.from({ length: requests }, (_, i) => BigInt(i + 1)));
  });

  test('trap 4: who no longer wants to hear of lobbies is not kept alive by them', async () => {
    // steamworks.js does, by its timer: without that, the process ends by itself, which comes to us as its death.
    const death = onAddon(environment, async ({ steamworks, SteamworksDriver }) => {
      const { setInterval } = globalThis;
      const ofSteamworks = ((...args: Parameters<typeof setInterval>) => setInterval(...args).unref()) as typeof setInterval;
      globalThis.setInterval = ofSteamworks;
      const steam = steamworks.init(480);
      globalThis.setInterval = setInterval;
      const driver = new SteamworksDriver(steam);
      const held = setInterval(() => {}, 1_000);
      const lobby = await driver.lobbies!.create(2, 4);
      clearInterval(held);
      const unsubscribe = driver.lobbies!.subscribe({ onJoinRequested() {}, onLobbyChanged() {} });
      lobby.setData({ map: 'dust' });
      driver.close();
      unsubscribe();
      process.disconnect();
      return new Promise(() => {});
    });
    await expect(death).rejects.toMatchObject({ signal: null });
  });
});

type Steam = ReturnType<AddonTools['steamworks']['init']>;
type Lobby = Awaited<ReturnType<Steam['matchmaking']['createLobby']>>;

/** Runs in another process. */
async function readValue({ steamworks, fifo, until }: AddonTools, [type, rest]: State): Promise<void> {
  const injection = fifo();
  const lobby = await steamworks.init(480).matchmaking.createLobby(2 as number, 4);
  const id = Buffer.alloc(8);
  id.writeBigUInt64LE(lobby.id);
  // Again and again: the hub may say at any time how it is.
  await until(() => {
    injection.frame(type, Buffer.concat([id, rest]));
    return lobby.getMemberCount() === 2n;
  });
  lobby.getData('bad');
}
