import { expect, test } from '@jest/globals';
import { faultOfJson } from '../../src/server/jsonBody.ts';
import { bytes } from '../helpers/World.ts';

const DEEP = '['.repeat(200);

test.each([
  ['brackets in a text', JSON.stringify({ text: DEEP })],
  ['brackets in a text, behind a quote', JSON.stringify({ text: `"${DEEP}` })],
  ['a text that ends with a backslash', JSON.stringify([['\\'], ['"']])],
  ['lists beside one another', JSON.stringify(Array(200).fill([]))],
])('%s are no fault', (_, json) => {
  expect(faultOfJson(bytes(json))).toBeUndefined();
});

test.each([
  ['alone', DEEP],
  ['behind a text with a quote', `["\\"",${DEEP}`],
  ['behind a text that ends with a backslash', `["\\\\",${DEEP}`],
])('brackets in one another are too deep: %s', (_, json) => {
  expect(faultOfJson(bytes(json))).toBe('the body goes deeper than 100 lists and objects in one another');
});

test('what is no JSON is a fault', () => {
  expect(faultOfJson(bytes('{'))).toBe('the body is no JSON');
});
