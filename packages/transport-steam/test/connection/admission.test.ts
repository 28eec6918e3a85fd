import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import * as helpers from '../helpers/pair.ts';
import { dial, Host, type Recorder, settle, type World } from '../helpers/World.ts';

let world: World;
afterEach(() => world.close());

const GET = { method: 'GET', path: '/', headers: [], body: new Uint8Array() };

/** Steam is slow to announce anybody again, and hellos are rare: what is fast here is fast by itself. */
const SLOW = { helloRetryMs: 4_000 };

function pair(latencyMs = 20, options: EndpointOptions = SLOW) {
  const made = helpers.pair({ conditions: { latencyMs } }, options);
  world = made.world;
  return made;
}

/** A host who decides when the test says so. */
function thoughtful(host: Host) {
  let decide: (answer: boolean | string) => void = () => undefined;
  host.onSessionRequest = (peer) => {
    host.requested.push(peer);
    return new Promise((resolve) => {
      decide = resolve;
    });
  };
  return async (answer: boolean | string) => {
    decide(answer);
    await settle();
  };
}

/** The player has been here, so that Steam's session is open and his hello comes unannounced. */
function withOpenSteamSession(made: ReturnType<typeof pair>): void {
  made.open();
  made.player.endpoint.release();
  world.run(200);
  made.player.endpoint.acquire();
  made.host.requested.length = 0;
  made.host.connections.length = 0;
}

function ended(record: Recorder) {
  return record.closes.map(({ error }) => error?.message);
}

describe('a host that takes its time', () => {
  test('lets in whoever waits as soon as it has decided: hello and what is behind it were kept', async () => {
    const made = pair();
    withOpenSteamSession(made);
    const { host, player, hostId } = made;
    const decide = thoughtful(host);
    const ours = dial(player.endpoint, hostId);
    for (let i = 0; i < 10; i++) {
      ours.send(`${i}`);
      world.run(30);
    }
    expect([host.requested.length, host.connections.length]).toEqual([1, 0]);
    await decide(true);
    world.run(50);
    expect(host.connections[0]?.record.texts).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(ours.opened).toBe(1);
    ours.send('and on');
    world.run(5_000);
    expect(host.connections[0]?.record.texts.at(-1)).toBe('and on');
    expect(host.connections).toHaveLength(1);
  });

  test('keeps no more than 4 KiB of anybody: who says more waits for his next hello, and nothing is lost or doubled', async () => {
    const made = pair();
    withOpenSteamSession(made);
    const { host, player, hostId } = made;
    const decide = thoughtful(host);
    const ours = dial(player.endpoint, hostId);
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(1_000));
    for (const text of texts) {
      ours.send(text);
      world.run(20);
    }
    await decide(true);
    world.run(1_000);
    expect(ours.opened).toBe(0);
    world.run(4_000);
    expect([ours.opened, ours.closes]).toEqual([1, []]);
    expect(host.connections[0]?.record.texts).toEqual(texts);
  });

  test('a hello that is repeated while it thinks is the same hello, and so is what is behind it', async () => {
    const made = pair(20, { helloRetryMs: 500 });
    withOpenSteamSession(made);
    const { host, player, hostId } = made;
    const decide = thoughtful(host);
    const ours = dial(player.endpoint, hostId);
    const texts = Array.from({ length: 10 }, (_, i) => `${i}`);
    for (const text of texts) {
      ours.send(text);
      world.turn();
    }
    world.run(9_200);
    await decide(true);
    world.run(50);
    expect([host.requested.length, host.connections.length, ours.opened]).toEqual([1, 1, 1]);
    expect(host.connections[0]?.record.texts).toEqual(texts);
  });

  test('refuses at once as well, with its reason', async () => {
    const made = pair();
    withOpenSteamSession(made);
    const { host, player, hostId } = made;
    const decide = thoughtful(host);
    const ours = dial(player.endpoint, hostId);
    world.run(500);
    await decide('not today');
    world.run(50);
    expect(ended(ours)).toEqual([`Steam user ${hostId} refused: not today`]);
  });

  test('says nothing to whom it wants to hear nothing, whatever he sends', async () => {
    const made = pair();
    withOpenSteamSession(made);
    const { host, player, server, hostId } = made;
    const decide = thoughtful(host);
    const ours = dial(player.endpoint, hostId);
    world.run(100);
    const before = world.steam.packetsSent(server.driver);
    await decide(false);
    for (let i = 0; i < 8; i++) {
      ours.send(`${i}`);
      world.run(1_000);
    }
    expect(world.steam.packetsSent(server.driver)).toBe(before);
    world.run(2_000);
    expect(ours.closes[0]?.error?.code).toBe('timed-out');
  });

  test('and stops meanwhile, lets nobody in any more', async () => {
    const made = pair();
    withOpenSteamSession(made);
    const { host, player, server, stopHosting, hostId } = made;
    const decide = thoughtful(host);
    const ours = dial(player.endpoint, hostId);
    world.run(100);
    stopHosting();
    await decide(true);
    world.run(500);
    expect(server.endpoint.stats()).toEqual([]);
    // The next hello is answered by what is here then.
    world.run(4_000);
    expect(ours.closes[0]?.error?.code).toBe('not-hosting');
  });

  // `instanceof Promise` is not true of a promise of another realm: it was taken for a no.
  test('may do so with any promise that there is', async () => {
    const { host, player, hostId } = pair();
    let decide: (answer: boolean) => void = () => undefined;
    const then = (resolve: (answer: boolean) => void) => {
      decide = resolve;
    };
    host.mayJoin = { then } as unknown as Promise<boolean>;
    const ours = dial(player.endpoint, hostId);
    world.run(100);
    await settle();
    decide(true);
    await settle();
    world.run(100);
    expect(ours.opened).toBe(1);
  });

  test('for ever, is asked again after connectTimeoutMs, and its late answer is none', async () => {
    const made = pair();
    withOpenSteamSession(made);
    const { host, player, server, hostId } = made;
    const decide = thoughtful(host);
    dial(player.endpoint, hostId);
    world.run(100);
    expect(server.endpoint.strangers.asking).toBe(1);
    world.run(10_500);
    expect(server.endpoint.strangers.asking).toBe(0);
    await decide(true);
    world.run(100);
    expect(server.endpoint.stats()).toEqual([]);
    const decideAgain = thoughtful(host);
    const again = dial(player.endpoint, hostId);
    world.run(100);
    await decideAgain(true);
    world.run(100);
    expect([again.opened, host.requested.length]).toEqual([1, 2]);
  });

  test('thinks about maxStrangers at the same time; the others wait for their turn', async () => {
    const { host, server, hostId } = pair(0, { maxStrangers: 10 });
    const answers: ((answer: boolean) => void)[] = [];
    host.onSessionRequest = (peer) => {
      host.requested.push(peer);
      return new Promise((resolve) => answers.push(resolve));
    };
    const players = Array.from({ length: 25 }, () => world.user());
    const records = players.map(({ endpoint }) => dial(endpoint, hostId));
    world.run(1_000);
    // Ten more have a place to wait; the last five took the places of others.
    expect([host.requested.length, server.endpoint.strangers]).toEqual([10, { waiting: 10, asking: 10, ignored: 5, banned: 0 }]);
    for (let i = 0; i < 5; i++) {
      for (const answer of answers.splice(0)) answer(true);
      await settle();
      world.run(100);
    }
    expect(host.requested).toHaveLength(20);
    expect(records.filter(({ opened }) => opened === 1)).toHaveLength(20);
  });
});

describe('who was refused', () => {
  test('and tries anew, is put to the host again, once a second', () => {
    const { host, player, hostId } = pair();
    host.mayJoin = 'you are no member of the lobby';
    const times: number[] = [];
    const { requested } = host;
    for (let i = 0; i < 50; i++) {
      const before = requested.length;
      dial(player.endpoint, hostId);
      world.run(100);
      if (requested.length > before) times.push(world.steam.now);
      player.endpoint.release();
      player.endpoint.acquire();
    }
    expect(requested.length).toBeGreaterThanOrEqual(4);
    for (const [i, time] of times.entries()) if (i > 0) expect(time - times[i - 1]!).toBeGreaterThanOrEqual(1_000);
    host.mayJoin = true;
    world.run(1_000);
    const ours = dial(player.endpoint, hostId);
    world.run(100);
    expect(ours.opened).toBe(1);
  });

  test('without a word, and tries anew, is put to the host again when he is heard', () => {
    const made = pair(20, { connectTimeoutMs: 3_000 });
    withOpenSteamSession(made);
    const { host, player, hostId } = made;
    host.mayJoin = false;
    const refused = dial(player.endpoint, hostId);
    world.run(3_100);
    expect([refused.closes[0]?.error?.code, host.requested.length]).toEqual(['timed-out', 1]);
    host.mayJoin = true;
    const ours = dial(player.endpoint, hostId);
    world.run(100);
    expect([ours.opened, host.requested.length]).toEqual([1, 2]);
  });

  test('in a session that the host itself began, may ask again a second later', () => {
    const { host, server, player, hostId, playerId } = pair();
    player.endpoint.serve(new Host());
    const visit = dial(server.endpoint, playerId);
    world.run(100);
    host.mayJoin = 'not yet';
    const first = dial(player.endpoint, hostId);
    world.run(500);
    const second = dial(player.endpoint, hostId);
    world.run(600);
    host.mayJoin = true;
    const third = dial(player.endpoint, hostId);
    world.run(100);
    expect([first, second, third].map(({ opened }) => opened)).toEqual([0, 0, 1]);
    expect([visit.opened, visit.closes.length, host.requested.length]).toEqual([1, 0, 2]);
  });
});

// One hosts, the other plays; then they change roles. They have a session still, and the new host has never been asked about the other: "denied:
// the host has not decided yet" was all that his first try came to when the answer took its time, as it does where a lobby is looked at.
describe('what is asked in a session that the host itself began', () => {
  function withVisit() {
    const made = pair();
    const { server, player, playerId } = made;
    player.endpoint.serve(new Host());
    dial(server.endpoint, playerId);
    world.run(100);
    return { ...made, decide: thoughtful(made.host), ask: () => player.endpoint.request(made.hostId, GET) };
  }

  test('waits until the host has decided', async () => {
    const { host, decide, ask } = withVisit();
    const answers = [ask(), ask()];
    world.run(500);
    expect([host.requested.length, host.requests.length]).toEqual([1, 0]);
    await decide(true);
    world.run(50);
    await settle();
    world.run(50);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect([host.requested.length, host.requests.length]).toEqual([1, 2]);
  });

  test('is refused with his reason when it is a no', async () => {
    const { host, decide, ask } = withVisit();
    const answer = ask().catch(({ message }) => message);
    world.run(500);
    await decide('not today');
    world.run(50);
    expect([await answer, host.requests.length]).toEqual([expect.stringContaining('not today'), 0]);
  });

  test('does not wait for ever: the player learns which limit it was', async () => {
    const { host, ask, server } = withVisit();
    const answer = ask().catch(({ message }) => message);
    world.run(10_500);
    expect(await answer).toContain('the host has not decided within 10000 ms (connectTimeoutMs)');
    expect([host.requests.length, server.endpoint.stats().length]).toEqual([0, 1]);
  });

  test('waits in a bounded number', async () => {
    const { decide, host, ask } = withVisit();
    const answers = Array.from({ length: 40 }, () =>
      ask().then(
        ({ status }) => status,
        ({ code }) => code,
      ),
    );
    world.run(500);
    await decide(true);
    for (let i = 0; i < 4; i++) {
      world.run(50);
      await settle();
    }
    const outcomes = await Promise.all(answers);
    expect([outcomes.filter((one) => one === 200).length, outcomes.filter((one) => one === 'full').length]).toEqual([32, 8]);
    expect(host.requests.length).toBe(32);
  });

  test('goes with the session', async () => {
    const { decide, host, ask, player } = withVisit();
    const answer = ask().catch(({ code }) => code);
    world.run(500);
    player.endpoint.release();
    world.run(500);
    await decide(true);
    world.run(500);
    expect([await answer, host.requests.length]).toEqual([expect.any(String), 0]);
  });
});

// Steam can announce a player before his lobby shows him: the host says no, Steam does not announce him again for 20 s.
describe('who is expected', () => {
  test('after he was refused without a word, gets in with the attempt that he is at', () => {
    const { host, server, player, hostId, playerId } = pair();
    const members = new Set<bigint>();
    host.onSessionRequest = (peer) => {
      host.requested.push(peer);
      return members.has(peer);
    };
    const ours = dial(player.endpoint, hostId);
    world.run(2_000);
    expect([ours.opened, host.requested.length]).toEqual([0, 1]);
    members.add(playerId);
    server.endpoint.expect(playerId);
    world.run(100);
    expect([ours.opened, host.requested.length]).toEqual([1, 2]);
  });

  test('is not asked about before he comes, nor when he was let in', () => {
    const { host, open, server, playerId } = pair();
    server.endpoint.expect(playerId);
    world.run(100);
    expect(host.requested).toEqual([]);
    open();
    server.endpoint.expect(playerId);
    world.run(100);
    expect(host.requested).toEqual([playerId]);
  });

  test('is refused all the same when he is banned, or when the host says no', () => {
    const { host, server, player, hostId, playerId } = pair();
    host.mayJoin = 'no';
    server.endpoint.expect(playerId);
    const first = dial(player.endpoint, hostId);
    world.run(1_500);
    server.endpoint.bans.add(playerId, 'never');
    server.endpoint.expect(playerId);
    const second = dial(player.endpoint, hostId);
    world.run(1_500);
    expect([...ended(first), ...ended(second)].map((message) => message?.split(': ')[1])).toEqual(['no', 'never']);
    expect(host.requested).toHaveLength(1);
  });
});
