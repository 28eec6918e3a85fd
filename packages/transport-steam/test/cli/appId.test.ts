import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appIdNumber, findAppId, readAppId } from '../../src/cli/doctor/appId.ts';

const bom = Uint8Array.of(0xef, 0xbb, 0xbf);
const utf16le = (text: string) => Buffer.concat([Uint8Array.of(0xff, 0xfe), Buffer.from(text, 'utf16le')]);
const utf16be = (text: string) => utf16le(text).swap16();

test.each([
  ['1', 1],
  ['480', 480],
  ['4294967295', 4_294_967_295],
  ['4294967296', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['0x1e0', undefined],
  [' 480', undefined],
  ['', undefined],
])('the app id %j is %s', (text, id) => {
  expect(appIdNumber(text)).toBe(id);
});

describe('steam_appid.txt', () => {
  test.each(['480', '480\n', '480\r\n', '480 \n\n'])('%j is good', (text) => {
    expect(readAppId(Buffer.from(text))).toBe(480);
  });

  test.each([
    ['a BOM', Buffer.concat([bom, Buffer.from('480')]), 'begins with a byte order mark (BOM)', 480],
    ['UTF-16, little endian', utf16le('480\r\n'), 'is UTF-16, as PowerShell writes it', 480],
    ['UTF-16, big endian', utf16be('480'), 'is UTF-16, as PowerShell writes it', 480],
    ['UTF-16 of something else', utf16le('game'), 'is UTF-16, as PowerShell writes it', undefined],
    ['nothing', Buffer.from(''), 'is empty', undefined],
    ['white space', Buffer.from(' \r\n'), 'is empty', undefined],
    ['double quotes', Buffer.from('"480" \r\n'), 'has quotes around the number: "\\"480\\" \\r\\n"', 480],
    ['single quotes', Buffer.from("'480'"), 'has quotes around the number: "\'480\'"', 480],
    ['another line', Buffer.from('480\n// Spacewar\n'), 'has more than one line', 480],
    ['an indent', Buffer.from('  480\n'), 'has white space before the number', 480],
    ['a name', Buffer.from('Spacewar'), 'is "Spacewar", which is no bare number', undefined],
    ['a setting', Buffer.from('SteamAppId=480'), 'is "SteamAppId=480", which is no bare number', 480],
    ['zero', Buffer.from('0'), 'is "0", but an app id is from 1 to 4294967295', undefined],
    ['too much', Buffer.from('4294967296'), 'is "4294967296", but an app id is from 1 to 4294967295', undefined],
  ])('with %s', (_what, bytes, fault, meant) => {
    expect(readAppId(bytes)).toEqual(meant === undefined ? { fault } : { fault, meant });
  });

  test('a long one is quoted in part', () => {
    expect(readAppId(Buffer.from('x'.repeat(1_000_000)))).toEqual({ fault: `is "${'x'.repeat(40)}…", which is no bare number` });
  });
});

describe('where the app id comes from', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-app-id-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (text: string, name = 'steam_appid.txt') => writeFileSync(join(folder, name), text);

  test('--app comes first, and is given to init', () => {
    write('222');
    const { check, ...rest } = findAppId(111, { SteamAppId: '333' }, folder);
    expect(check).toEqual({ name: 'app id', status: 'ok', found: '111, from --app' });
    expect(rest).toEqual({ appId: 111, forInit: 111 });
  });

  test('then the environment, which Steam reads itself', () => {
    const { check, ...rest } = findAppId(undefined, { SteamAppId: '333' }, folder);
    expect(check).toEqual({ name: 'app id', status: 'ok', found: '333, from SteamAppId of the environment' });
    expect(rest).toEqual({ appId: 333, forInit: undefined });
  });

  test('then steam_appid.txt, which Steam reads itself', () => {
    write('222\n');
    const { check, ...rest } = findAppId(undefined, { SteamAppId: '' }, folder);
    expect(check).toEqual({ name: 'app id', status: 'ok', found: '222, from steam_appid.txt' });
    expect(rest).toEqual({ appId: 222, forInit: undefined });
  });

  test('none: the game may give it to init(), and Spacewar is for the other checks', () => {
    const { check, ...rest } = findAppId(undefined, {}, folder);
    expect(check).toMatchObject({
      status: 'warning',
      found: 'none here; checking with 480',
      advice: expect.stringContaining('--app'),
    });
    expect(rest).toEqual({ appId: 480, forInit: 480 });
  });

  test('a steam_appid.txt whose extension Windows hides', () => {
    write('222', 'steam_appid.txt.txt');
    const { check } = findAppId(undefined, {}, folder);
    expect(check.found).toBe('none here; there is a steam_appid.txt.txt, rename it to steam_appid.txt; checking with 480');
  });

  test('a steam_appid.txt that is wrong: a problem, and what was meant for the other checks', () => {
    write('"222"');
    const { check, ...rest } = findAppId(undefined, {}, folder);
    expect(check).toMatchObject({ status: 'problem', advice: expect.stringContaining('the number and nothing else') });
    expect(check.found).toBe('steam_appid.txt has quotes around the number: "\\"222\\""; checking with 222');
    expect(rest).toEqual({ appId: 222, forInit: 222 });
  });

  test('a steam_appid.txt that is a folder', () => {
    mkdirSync(join(folder, 'steam_appid.txt'));
    expect(findAppId(undefined, {}, folder).check).toMatchObject({
      status: 'problem',
      found: expect.stringContaining('is a folder'),
    });
  });

  test('an environment that is wrong', () => {
    write('222');
    const { check, forInit } = findAppId(undefined, { SteamAppId: 'mine' }, folder);
    expect(check).toMatchObject({ status: 'problem', found: expect.stringContaining('SteamAppId is "mine"') });
    expect(forInit).toBe(480);
  });

  test('an environment and a file that differ', () => {
    write('222');
    const { check, appId } = findAppId(undefined, { SteamAppId: '333' }, folder);
    expect(check).toMatchObject({
      status: 'warning',
      found: '333, from SteamAppId of the environment, while steam_appid.txt says 222',
      advice: expect.stringContaining('remove the one that is wrong'),
    });
    expect(appId).toBe(333);
  });

  test('Spacewar is said to be Spacewar', () => {
    const { check } = findAppId(480, {}, folder);
    expect(check).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('480 (Spacewar), from --app: for development only'),
    });
  });
});
