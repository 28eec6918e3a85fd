import { expect, test } from '@jest/globals';
import { parseArguments } from '../src/arguments.ts';

test('without arguments: a simulated Steam, in the browser', () => {
  const arguments_ = parseArguments([]);
  expect(arguments_).toEqual({ isHeadless: false, carrier: 'simulated', port: 0, opens: true, ofSteam: [] });
});

test.each([
  [['--headless'], { isHeadless: true }],
  [['--websocket', '--port', '8080', '--no-open'], { carrier: 'websocket', port: 8080, opens: false }],
  [['--steam', '+connect_lobby', '109775240917155586'], { carrier: 'steam', ofSteam: ['+connect_lobby', '109775240917155586'] }],
])('%j', (args, expected) => {
  expect(parseArguments(args)).toMatchObject(expected);
});

test.each([
  [['--fast'], /--fast/],
  [['fast'], /unknown argument fast/],
  [['--steam', '--websocket'], /--websocket and --steam exclude each other/],
  [['--port', '65536'], /--port must be from 0 to 65535, not 65536/],
  [['--port', 'x'], /not x/],
  [['--headless', '--port', '8080'], /--headless has no page/],
  [['--steam', '+connect_lobby'], /\+connect_lobby needs the id of a lobby/],
  [['+connect_lobby', '109775240917155586'], /unknown argument \+connect_lobby/],
])('refuses %j', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message);
});
