import { describe, expect, test } from '@jest/globals';
import { checkSteamId, isIndividualSteamId, isLobbyId, STEAM_ID_BASE } from '../../src/driver/steamId.ts';

/** As Valve puts a SteamID together: universe 8 bits, account type 4, instance 20, account number 32. */
const steamId = (universe: bigint, type: bigint, instance: bigint, account: bigint) =>
  (universe << 56n) | (type << 52n) | (instance << 32n) | account;

const PERSON = steamId(1n, 1n, 1n, 1n);
const LOBBY_FLAG = 0x4_0000n;
const MMS_LOBBY_FLAG = 0x2_0000n;
const CLAN_FLAG = 0x8_0000n;

describe('isLobbyId', () => {
  test.each([
    ['as Steam hands them out', 109775240917155840n + 12_345n],
    ['with the flag of a lobby alone', steamId(1n, 8n, LOBBY_FLAG, 1n)],
    ['of matchmaking servers', steamId(1n, 8n, LOBBY_FLAG | MMS_LOBBY_FLAG, 1n)],
    ['of the highest account', steamId(1n, 8n, LOBBY_FLAG, 0xffff_ffffn)],
  ])('a lobby %s', (_name, id) => {
    expect(isLobbyId(id)).toBe(true);
  });

  test.each([
    ['nobody', 0n],
    ['a person', PERSON],
    ['a clan', 103582791429521408n],
    ['the chat of a clan', steamId(1n, 8n, CLAN_FLAG, 1n)],
    ['a chat of no kind', steamId(1n, 8n, 0n, 1n)],
    ['a chat with the flag of matchmaking servers alone', steamId(1n, 8n, MMS_LOBBY_FLAG, 1n)],
    ['a lobby of the beta universe', steamId(2n, 8n, LOBBY_FLAG, 1n)],
    ['another type with the flag of a lobby', steamId(1n, 9n, LOBBY_FLAG, 1n)],
    ['a negative number', -steamId(1n, 8n, LOBBY_FLAG, 1n)],
    ['more than 64 bits', (1n << 64n) | steamId(1n, 8n, LOBBY_FLAG, 1n)],
  ])('%s is none', (_name, id) => {
    expect(isLobbyId(id)).toBe(false);
    expect(isLobbyId(Number(id))).toBe(false);
    expect(isLobbyId(String(id))).toBe(false);
  });
});

describe('isIndividualSteamId and checkSteamId', () => {
  test('take people, and nothing else', () => {
    expect(STEAM_ID_BASE + 1n).toBe(PERSON);
    for (const id of [PERSON, PERSON + 0xffff_fffen]) {
      expect(isIndividualSteamId(id)).toBe(true);
      expect(checkSteamId(id)).toBe(id);
    }
    for (const id of [0n, STEAM_ID_BASE, PERSON + 0xffff_ffffn, steamId(1n, 8n, LOBBY_FLAG, 1n)]) {
      expect(isIndividualSteamId(id)).toBe(false);
      expect(() => checkSteamId(id)).toThrow(RangeError);
      expect(() => checkSteamId(id)).toThrow(String(id));
    }
    expect(isIndividualSteamId(Number(PERSON))).toBe(false);
    expect(() => checkSteamId(Number(PERSON))).toThrow(TypeError);
  });
});
