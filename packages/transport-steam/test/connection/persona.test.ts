import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanPersonaName } from '../../src/connection/personaName.ts';
import { dial, Host, World } from '../helpers/World.ts';

let world: World | undefined;
afterEach(() => {
  world?.close();
  world = undefined;
});

describe('a name that is shown', () => {
  test.each([
    ['Ann', 'Ann'],
    ['  Ann \n\t of\u2028Green  Gables ', 'Ann of Green Gables'],
    ['a\u0000b\u0007c\u009fd', 'abcd'],
    // Shown, the first would read as "user: exe.gpj".
    ['\u202euser: \u2066jpg.exe\u2069\u200f', 'user: jpg.exe'],
    ['A\u200bd\u00adm\ufeffi\u2060n', 'Adm in'],
    ['half \ud83d', 'half'],
    ['\u{e0041}tag', 'tag'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['👩\u200d🚀', '👩\u200d🚀'],
  ])('%j is %j', (said, shown) => {
    expect(cleanPersonaName(said)).toBe(shown);
  });

  test.each(['', ' \n', '\u202e', '\u200d\u200c', '\u0301\u0301'])('nothing is left of %j', (said) => {
    expect(cleanPersonaName(said)).toBeUndefined();
  });

  test('has 64 characters at most, and no half ones', () => {
    expect(cleanPersonaName('x'.repeat(100))).toBe('x'.repeat(64));
    expect(cleanPersonaName('👾'.repeat(100))).toBe('👾'.repeat(64));
    expect(cleanPersonaName(`${'x'.repeat(63)} y`)).toBe('x'.repeat(63));
  });
});

describe('of a peer', () => {
  test('both ends know what the other one calls himself, as long as the session lives', () => {
    world = new World({ conditions: { latencyMs: 20 } });
    const [ann, bob] = ['Ann', '\u202eBob\n'].map((personaName) => world!.steam.user({ personaName })) as [never, never];
    const [host, player] = [world.endpoint(ann), world.endpoint(bob)];
    host.serve(new Host());
    expect(host.personaOf(player.steamId)).toBeUndefined();
    const ours = dial(player, host.steamId);
    world.run(30);
    expect(player.personaOf(host.steamId)).toBeUndefined();
    world.run(100);
    expect([host.personaOf(player.steamId), player.personaOf(host.steamId)]).toEqual(['Bob', 'Ann']);
    expect([host.personaOf(host.steamId), player.personaOf(player.steamId)]).toEqual(['Ann', 'Bob']);
    ours.connection?.close();
    player.release();
    world.run(100);
    expect(host.personaOf(player.steamId)).toBeUndefined();
    player.acquire();
  });

  test('a driver that knows no name says none', () => {
    world = new World();
    const driver = world.steam.user();
    Object.defineProperty(driver, 'personaName', { value: undefined });
    const player = world.endpoint(driver);
    const { endpoint } = world.user();
    endpoint.serve(new Host());
    dial(player, endpoint.steamId);
    world.run(100);
    expect(endpoint.stats()).toHaveLength(1);
    expect([endpoint.personaOf(player.steamId), player.personaOf(player.steamId)]).toEqual([undefined, undefined]);
  });
});
