import { afterEach, describe, expect, test } from '@jest/globals';
import type { EndpointOptions } from '../../src/connection/options.ts';
import type { LinkConditions } from '../../src/sim.ts';
import * as helpers from '../helpers/pair.ts';
import type { Recorder, World } from '../helpers/World.ts';

// Steam's reliable stream stands still, in one direction or both, while unreliable packets come through. Whoever was heard at all counted as
// alive, so such a match went on for ever: everybody moved, and nothing happened. No test had a link of which only one lane fails.

/** Four times `deadAfterMs`, of the default. */
const STALLED_AFTER_MS = 60_000;

/** A ping, a round trip and the clock's steps. */
const SOON_MS = 2_200;

let world: World;
afterEach(() => world.close());

function pair(conditions: LinkConditions = {}, options: EndpointOptions = {}) {
  const made = helpers.pair({ conditions: { latencyMs: 20, ...conditions } }, options);
  world = made.world;
  return made;
}

/** Both move all the time, and say something now and then. */
function play(ms: number, ...ends: readonly Recorder[]): void {
  for (const until = world.steam.now + ms; world.steam.now < until; ) {
    for (const end of ends) {
      if (end.closes.length > 0) continue;
      end.send('move', 'unreliable');
      end.send('say');
    }
    world.run(Math.min(500, until - world.steam.now));
  }
}

const ended = ({ closes }: Recorder) => closes.map(({ code, error }) => [code, error?.code]);
const LOST = [[1006, 'connection-lost']];

const STOOD_STILL =
  "nothing reliable came for more than 60000 ms (4 times deadAfterMs), though they are heard: Steam's reliable stream stands still";

describe('a reliable stream that stands still while unreliable packets come', () => {
  test('from a player to the host: both are told, with the reason', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.stallReliable(playerId, hostId);
    play(STALLED_AFTER_MS - SOON_MS, ours, theirs);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
    play(2 * SOON_MS, ours, theirs);
    expect([ended(ours), ended(theirs)]).toEqual([LOST, LOST]);
    expect(theirs.closes[0]?.reason).toBe(`the session with Steam user ${playerId} is lost: ${STOOD_STILL}`);
    expect(ours.closes[0]?.reason).toContain('they do not know it any more');
    expect(theirs.texts.filter((text) => text === 'say')).toEqual([]);
    expect(theirs.texts.length).toBeGreaterThan(100);
  });

  test('from the host to a player', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.stallReliable(hostId, playerId);
    play(STALLED_AFTER_MS + SOON_MS, ours, theirs);
    expect([ended(ours), ended(theirs)]).toEqual([LOST, LOST]);
    expect(ours.closes[0]?.reason).toContain(STOOD_STILL);
  });

  test('both ways: each finds out by itself', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.stallReliable(hostId, playerId);
    world.steam.stallReliable(playerId, hostId);
    play(STALLED_AFTER_MS + SOON_MS, ours, theirs);
    expect([ended(ours), ended(theirs)]).toEqual([LOST, LOST]);
    // The first one says nothing any more that the other could hear.
    expect([...ours.closes, ...theirs.closes].map(({ reason }) => reason.includes('stands still'))).toEqual([true, true]);
  });

  test('for less than that: all of it arrives, once and in order', () => {
    const { open, playerId, hostId } = pair();
    const { ours, theirs } = open();
    world.steam.stallReliable(playerId, hostId);
    for (let second = 0; second < 55; second++) {
      ours.send(`${second}`);
      play(1_000, theirs);
      ours.send('move', 'unreliable');
    }
    world.steam.stallReliable(playerId, hostId, false);
    world.run(SOON_MS);
    expect(theirs.texts.filter((text) => text !== 'move')).toEqual(Array.from({ length: 55 }, (_, second) => `${second}`));
    play(2 * STALLED_AFTER_MS, ours, theirs);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  });

  test('is counted from the end of a pause that was announced, whatever is heard in it', () => {
    const { open, player, playerId, hostId } = pair();
    const { ours, theirs } = open();
    player.endpoint.announcePause(60_000);
    world.run(SOON_MS);
    world.steam.stallReliable(playerId, hostId);
    play(60_000 + STALLED_AFTER_MS - 2 * SOON_MS, ours, theirs);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
    play(3 * SOON_MS, ours, theirs);
    expect([ended(ours), ended(theirs)]).toEqual([LOST, LOST]);
  });

  test('is another thing than one that is slow: the pong comes after 94 s, and chunks all the time', () => {
    const { open } = pair({ bandwidthBitsPerSecond: 256_000 });
    const { ours, theirs } = open();
    for (let i = 0; i < 3; i++) ours.connection?.send(new Uint8Array(1_000_000));
    for (let second = 0; second < 110; second++) {
      ours.send('move', 'unreliable');
      theirs.send('move', 'unreliable');
      world.run(1_000);
    }
    expect(theirs.messages.filter(({ length }) => length === 1_000_000)).toHaveLength(3);
    expect([...ours.closes, ...theirs.closes]).toEqual([]);
  });
});
