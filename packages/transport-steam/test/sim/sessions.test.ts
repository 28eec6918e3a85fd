import { describe, expect, test } from '@jest/globals';
import { SendType, SessionError } from '../../src/driver/SteamDriver.ts';
import { SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';
import { DriverRecorder } from '../helpers/DriverRecorder.ts';

// The rules of Steam's sessions beyond what every driver is tested for: a test a rule, on the virtual clock.

const ONE_WAY_MS = 40;

function setup(options: SimulatedSteamOptions = {}, accepts = true) {
  const steam = new SimulatedSteam({ conditions: { latencyMs: ONE_WAY_MS }, ...options });
  const [a, b] = [new DriverRecorder(steam.user()), new DriverRecorder(steam.user(), { accepts })];
  const pass = (ms: number, stepMs = ms) => {
    for (let left = ms; left > 0; left -= stepMs) {
      steam.advance(Math.min(left, stepMs));
      for (const user of [a, b]) while (user.driver.poll(256) === 256);
    }
  };
  const open = () => {
    send(a, b.id, 0);
    pass(200, 1);
    expect(steam.sessionState(a.id, b.id)).toBe('open');
    expect(steam.nextEventAt).toBeUndefined(); // an open session at rest does nothing
    b.packets.length = 0;
  };
  return { steam, a, b, pass, open };
}

function send(from: DriverRecorder, to: bigint, byte: number, type: SendType = SendType.Reliable): boolean {
  return from.driver.send(to, Uint8Array.of(byte), type, 0);
}

describe('A session', () => {
  test('takes one way for the request, one for the answer, one for the packet', () => {
    const { steam, a, b, pass } = setup();
    send(a, b.id, 1);
    expect(steam.sessionState(a.id, b.id)).toBe('connecting');
    pass(ONE_WAY_MS - 1);
    expect(b.requests).toEqual([]);
    pass(1);
    expect(b.requests).toEqual([a.id]);
    pass(ONE_WAY_MS);
    expect(b.packets).toEqual([]);
    pass(ONE_WAY_MS);
    expect(b.firstBytes).toEqual([1]);
  });

  test('may take longer to find a way through the NATs', () => {
    const { a, b, pass } = setup({ natTraversalMs: 300 });
    send(a, b.id, 1);
    pass(300 + ONE_WAY_MS - 1);
    expect(b.requests).toEqual([]);
    pass(1);
    expect(b.requests).toEqual([a.id]);
  });

  test('is one for all channels', () => {
    const { a, b, pass } = setup({}, false);
    for (const channel of [0, 1, 2]) a.driver.send(b.id, Uint8Array.of(channel), SendType.Reliable, channel);
    pass(500, 10);
    expect(b.requests.length).toBe(1);
    b.driver.acceptSession(a.id);
    pass(500, 10);
    expect(b.packets.map(({ channel }) => channel).sort()).toEqual([0, 1, 2]);
  });

  test('is asked for again while the sender goes on sending, and only then', () => {
    const { a, b, pass } = setup({ requestRepeatMs: 5_000 }, false);
    send(a, b.id, 1);
    pass(7_000, 100);
    expect(b.requests.length).toBe(1);
    send(a, b.id, 2);
    pass(7_000, 100);
    expect(b.requests.length).toBe(2);
    pass(5_000, 100);
    expect(b.requests.length).toBe(2);
  });

  test('keeps reliable and unreliable packets waiting, not NoDelay', () => {
    const { a, b, pass } = setup({}, false);
    for (const type of [0, 1, 2, 3] as const) expect(send(a, b.id, type, type)).toBe(true);
    pass(1_000, 10);
    b.driver.acceptSession(a.id);
    pass(1_000, 10);
    expect(b.firstBytes.sort()).toEqual([0, 2, 3]);
  });

  test('fails after 20 s without an answer: the queue is dropped, and the next send asks again', () => {
    const { steam, a, b, pass } = setup({}, false);
    send(a, b.id, 1);
    expect(steam.queuedBytes(a.id, b.id)).toBe(1);
    pass(19_999, 1);
    expect(a.failures).toEqual([]);
    pass(1);
    expect(a.failures).toEqual([{ peer: b.id, error: SessionError.Timeout }]);
    expect(b.failures).toEqual([]);
    expect(steam.queuedBytes(a.id, b.id)).toBe(0);
    send(a, b.id, 2);
    pass(1_000, 10);
    expect(b.requests.length).toBe(2);
    b.driver.acceptSession(a.id);
    pass(1_000, 10);
    expect(b.firstBytes).toEqual([2]);
  });

  test.each([
    [false, 1],
    [true, 2],
  ])('that fails again is reported again only when closed in between, or by the knob (%s)', (repeatFailures, times) => {
    const { a, pass } = setup({ repeatFailures });
    const nobody = a.id + 100n;
    for (let i = 0; i < 2; i++) {
      expect(send(a, nobody, 1)).toBe(true);
      pass(25_000, 1_000);
    }
    expect(a.failures.length).toBe(times);
    a.driver.closeSession?.(nobody);
    send(a, nobody, 1);
    pass(25_000, 1_000);
    expect(a.failures.length).toBe(times + 1);
  });

  test('of a user without the app fails with NoRightsToApp', () => {
    const steam = new SimulatedSteam();
    const a = new DriverRecorder(steam.user({ ownsApp: false }));
    const b = new DriverRecorder(steam.user());
    expect(send(a, b.id, 1)).toBe(true);
    a.driver.poll(1);
    b.driver.poll(1);
    expect(a.failures).toEqual([{ peer: b.id, error: SessionError.NoRightsToApp }]);
    expect(b.requests).toEqual([]);
  });

  test('cannot be made through a firewall, either way', () => {
    const { steam, a, b, pass } = setup();
    steam.setFirewalled(b.id, true);
    send(a, b.id, 1);
    send(b, a.id, 1);
    pass(20_000, 100);
    expect([a.failures.length, b.failures.length, a.requests.length, b.requests.length]).toEqual([1, 1, 0, 0]);
  });

  test('needs both directions', () => {
    const { steam, a, b, pass } = setup();
    steam.blockDirection(b.id, a.id);
    send(a, b.id, 1);
    pass(20_000, 100);
    expect(b.requests).toEqual([a.id]);
    expect(a.failures.length).toBe(1);
    expect(b.packets).toEqual([]);
  });

  test('whose way back is dead: packets arrive, once, and the sender, who hears nothing, gives up', () => {
    const { steam, a, b, pass, open } = setup();
    for (const type of [SendType.Reliable, SendType.Unreliable] as const) {
      open();
      a.failures.length = 0;
      steam.blockDirection(b.id, a.id);
      send(a, b.id, 1, type);
      pass(15_000, 10);
      expect(b.firstBytes).toEqual([1]); // a reliable one was sent again and again
      expect(a.failures).toEqual([]);
      pass(6_000, 10);
      expect(b.firstBytes).toEqual([1]);
      expect(a.failures).toEqual([{ peer: b.id, error: SessionError.Timeout }]);
      steam.blockDirection(b.id, a.id, false);
      a.driver.closeSession?.(b.id); // has the next failure reported too
    }
  });

  test('survives a cable that is plugged in again in time; reliable packets are late, unreliable ones lost', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    steam.unplug(b.id);
    send(a, b.id, 1);
    send(a, b.id, 2, SendType.Unreliable);
    send(a, b.id, 3);
    pass(15_000, 100);
    expect(b.packets).toEqual([]);
    steam.plug(b.id);
    pass(20_000, 100);
    expect(b.firstBytes).toEqual([1, 3]);
    expect(a.failures).toEqual([]);
    expect(steam.nextEventAt).toBeUndefined();
  });

  test('that is established and dies fails by the same timer', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    steam.unplug(b.id);
    pass(60_000, 1_000);
    expect(a.failures).toEqual([]); // nobody noticed: nothing was sent
    send(a, b.id, 1, SendType.Unreliable);
    pass(19_999, 1);
    expect(a.failures).toEqual([]);
    pass(1);
    expect(a.failures).toEqual([{ peer: b.id, error: SessionError.Timeout }]);
    expect(steam.nextEventAt).toBeUndefined();
  });

  test('of a killed process tells nobody: the other side finds out by time-out', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    send(b, a.id, 5);
    steam.kill(b.id);
    pass(100);
    expect(a.firstBytes).toEqual([5]); // was on its way
    expect(a.calls).toBe(1);
    send(a, b.id, 1);
    pass(20_000 + ONE_WAY_MS, 10);
    expect(a.failures).toEqual([{ peer: b.id, error: SessionError.Timeout }]);
    expect(steam.nextEventAt).toBeUndefined();
  });

  // It was sent again and again, for as long as the hub ran.
  test.each([
    ['its reliable stream stands still', 16_777_216],
    ['nobody reads there', 2_000],
  ])('that ended with exit() gives up what does not get through within the time-out, when %s', (_, inboxLimitBytes) => {
    const { steam, a, b, open } = setup({ inboxLimitBytes });
    open();
    steam.stallReliable(a.id, b.id, inboxLimitBytes > 2_000);
    for (let i = 0; i < 30; i++) a.driver.send(b.id, new Uint8Array(1_000), SendType.Reliable, 0);
    steam.exit(a.id);
    steam.advance(19_000);
    expect(steam.nextEventAt).toBeDefined();
    steam.advance(4_000);
    expect([steam.nextEventAt, steam.packetsInFlight]).toEqual([undefined, 0]);
  });

  test('ends in good order with exit(): what was sent is carried, and sent again when lost', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    steam.setConditions(a.id, b.id, { latencyMs: ONE_WAY_MS, loss: 0.5 });
    for (let byte = 0; byte < 20; byte++) send(a, b.id, byte, SendType.ReliableWithBuffering);
    steam.exit(a.id);
    expect(send(a, b.id, 99)).toBe(false);
    pass(10_000, 10);
    expect(b.firstBytes).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(steam.nextEventAt).toBeUndefined();
  });
});

describe('Sessions outlive a match', () => {
  test('what comes between close and start in one process is read in the next match', () => {
    const { a, b, pass, open } = setup();
    open();
    b.driver.close();
    send(a, b.id, 1);
    pass(1_000, 100);
    const next = new DriverRecorder(b.driver);
    next.driver.poll(10);
    expect(next.firstBytes).toEqual([1]);
    expect(next.requests).toEqual([]);
  });

  test.each([
    [false, [2]],
    [true, [1, 2]],
  ])(
    'a process that restarts: packets under way to its predecessor reach it only with stalePackets (%s)',
    (stalePackets, read) => {
      const { steam, a, b, pass, open } = setup({ stalePackets });
      open();
      send(a, b.id, 1);
      b.driver.close();
      const next = new DriverRecorder(steam.user({ steamId: b.id }));
      const settle = () => {
        for (let i = 0; i < 50; i++) {
          pass(20);
          next.driver.poll(10);
        }
      };
      settle();
      // The other side still has its session: to the new process he is somebody it never talked to.
      expect(next.requests).toEqual([a.id]);
      send(a, b.id, 2);
      settle();
      expect(next.firstBytes).toEqual(read);
      expect(a.failures).toEqual([]);
    },
  );

  test('a restarted process can rejoin at once on the session that nobody could close', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    steam.kill(b.id);
    const next = new DriverRecorder(steam.user({ steamId: b.id }));
    send(next, a.id, 1);
    pass(3 * ONE_WAY_MS, 1);
    expect(a.firstBytes).toEqual([1]);
    expect(a.requests).toEqual([]); // he was accepted before
    send(a, b.id, 2);
    pass(ONE_WAY_MS);
    next.driver.poll(1);
    expect(next.firstBytes).toEqual([2]);
  });

  test('one SteamID, one process', () => {
    const { steam, a } = setup();
    expect(() => steam.user({ steamId: a.id })).toThrow(`${a.id} is logged in already`);
    steam.kill(a.id);
    expect(() => a.driver.start(a)).toThrow(`the process of ${a.id} has ended`);
  });
});

describe('Faults', () => {
  test('true but lost: taken, never arrives, though the session lives', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    steam.trueButLost(a.id, b.id, 2);
    for (const byte of [1, 2, 3]) expect(send(a, b.id, byte)).toBe(true);
    expect(send(a, b.id, 4, SendType.Unreliable)).toBe(true);
    pass(60_000, 1_000);
    expect(b.firstBytes.sort()).toEqual([3, 4]);
    expect(a.failures).toEqual([]);
  });

  test('a reliable stream that stands still: what is unreliable arrives, and the rest when it goes on, once and in order', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    steam.stallReliable(a.id, b.id);
    for (const byte of [1, 2]) expect(send(a, b.id, byte)).toBe(true);
    expect(send(a, b.id, 3, SendType.Unreliable)).toBe(true);
    expect(send(b, a.id, 4)).toBe(true);
    pass(60_000, 1_000);
    expect([a.firstBytes, b.firstBytes]).toEqual([[4], [3]]);
    steam.stallReliable(a.id, b.id, false);
    pass(2_000);
    expect(b.firstBytes).toEqual([3, 1, 2]);
    expect([...a.failures, ...b.failures]).toEqual([]);
  });

  test('a refused send is false, takes nothing, and is not counted', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    const before = steam.packetsSent(a.id);
    steam.refuseSends(a.id, b.id, true);
    expect(send(a, b.id, 1)).toBe(false);
    steam.refuseSends(a.id, b.id, false);
    expect(send(a, b.id, 2)).toBe(true);
    pass(1_000);
    expect(b.firstBytes).toEqual([2]);
    expect(steam.packetsSent(a.id)).toBe(before + 1);
  });

  test('the queue for a user has a limit, to the byte, and empties when packets arrive', () => {
    const { steam, a, b, pass, open } = setup({ queueLimitBytes: 10_000 });
    open();
    const part = new Uint8Array(4_000);
    expect(a.driver.send(b.id, part, SendType.Reliable, 0)).toBe(true);
    expect(a.driver.send(b.id, part, SendType.Reliable, 0)).toBe(true);
    expect(a.driver.send(b.id, part.subarray(0, 2_001), SendType.Reliable, 0)).toBe(false);
    expect(a.driver.send(b.id, part.subarray(0, 2_000), SendType.Reliable, 0)).toBe(true);
    expect(a.driver.send(b.id, part.subarray(0, 1), SendType.Reliable, 0)).toBe(false);
    expect(a.driver.send(b.id, part.subarray(0, 1_000), SendType.Unreliable, 0)).toBe(true);
    expect(steam.queuedBytes(a.id, b.id)).toBe(10_000);
    pass(ONE_WAY_MS);
    expect(steam.queuedBytes(a.id, b.id)).toBe(0);
    expect(a.driver.send(b.id, part, SendType.Reliable, 0)).toBe(true);
  });

  test('a process that does not read holds back reliable packets and loses unreliable ones', () => {
    const { steam, a, b, open } = setup({ inboxLimitBytes: 10_000 });
    open();
    for (let byte = 0; byte < 20; byte++) {
      a.driver.send(b.id, new Uint8Array(1_000).fill(byte), SendType.Reliable, 0);
      a.driver.send(b.id, new Uint8Array(1_000).fill(100 + byte), SendType.Unreliable, 0);
    }
    steam.advance(30_000);
    expect(steam.unreadPackets(b.id)).toBeLessThanOrEqual(10);
    for (let i = 0; i < 100; i++) {
      while (b.driver.poll(1) === 1);
      steam.advance(1_000);
    }
    expect(b.firstBytes.filter((byte) => byte < 100)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(a.failures).toEqual([]);
  });

  test('Steam lost: what was not read is gone, sends are false, sessions are dead on his side only', () => {
    const { steam, a, b, pass, open } = setup();
    open();
    send(a, b.id, 1);
    steam.advance(ONE_WAY_MS);
    steam.loseSteam(b.id);
    pass(10);
    expect(b.steam).toEqual(['lost']);
    expect(b.packets).toEqual([]);
    expect(send(b, a.id, 1)).toBe(false);
    expect(steam.sessionState(a.id, b.id)).toBe('open');
    expect(steam.sessionState(b.id, a.id)).toBe('none');
    steam.restoreSteam(b.id);
    pass(10);
    expect(b.steam).toEqual(['lost', 'restored']);
    expect(send(b, a.id, 2)).toBe(true);
    pass(1_000, 10);
    expect(a.firstBytes).toEqual([2]);
  });
});

describe('Nagle', () => {
  const times = (sends: (a: DriverRecorder, b: bigint) => void) => {
    const { steam, a, b, open } = setup();
    open();
    const start = steam.now;
    const arrivals: number[] = [];
    b.onPacket = () => arrivals.push(steam.now - start - ONE_WAY_MS);
    sends(a, b.id);
    for (let ms = 0; ms < 500; ms++) {
      steam.advance(1);
      b.driver.poll(100);
    }
    return arrivals;
  };
  const buffered = (a: DriverRecorder, b: bigint, bytes: number) =>
    a.driver.send(b, new Uint8Array(bytes), SendType.ReliableWithBuffering, 0);

  test('waits for 200 ms', () => {
    expect(times((a, b) => buffered(a, b, 10))).toEqual([200]);
  });

  test('or for 1200 bytes', () => {
    expect(times((a, b) => [buffered(a, b, 599), buffered(a, b, 600)])).toEqual([200, 200]);
    expect(times((a, b) => [buffered(a, b, 600), buffered(a, b, 600)])).toEqual([0, 0]);
    expect(times((a, b) => buffered(a, b, 5_000))).toEqual([0]);
  });

  test('or for a reliable packet', () => {
    expect(times((a, b) => [buffered(a, b, 10), send(a, b, 1)])).toEqual([0, 0]);
    expect(times((a, b) => [buffered(a, b, 10), send(a, b, 1, SendType.Unreliable)])).toEqual([0, 200]);
  });
});
