import { beforeEach, expect, test } from '@jest/globals';
import { Complaints } from '../../src/connection/Complaints.ts';

let said: string[];
let complaints: Complaints;
beforeEach(() => {
  said = [];
  complaints = new Complaints((what) => said.push(what));
});

/** What is rejected in one look without a word. */
const UNNOTABLE = 9;
const many = (count: number) =>
  `${count} packets, messages and requests of his were rejected: they made no sense, or were too many`;

test('one a second is made, what comes between is not', () => {
  expect(complaints.isQuiet(0)).toBe(true);
  complaints.make('first', 5_000);
  expect(complaints.isQuiet(5_999)).toBe(false);
  complaints.make('within the second', 5_999);
  expect(complaints.isQuiet(6_000)).toBe(true);
  complaints.make('after it', 6_000);
  complaints.make('at once', 6_000);
  expect(said).toEqual(['first', 'after it']);
});

test('one that is insisted on is made in any second, and begins one', () => {
  complaints.make('first', 5_000);
  complaints.insist('whatever was said', 5_900);
  expect(complaints.isQuiet(6_899)).toBe(false);
  complaints.make('within the second of that', 6_899);
  complaints.make('after it', 6_900);
  expect(said).toEqual(['first', 'whatever was said', 'after it']);
});

test('ten that are rejected within a second are worth a word, nine are not', () => {
  complaints.look(0, 0);
  complaints.look(UNNOTABLE, 1_000);
  expect(said).toEqual([]);
  complaints.look(2 * UNNOTABLE + 1, 2_000);
  expect(said).toEqual([many(UNNOTABLE + 1)]);
});

test('the first look is one, too', () => {
  complaints.look(10, 0);
  expect(said).toEqual([many(10)]);
});

test('looks that are closer than a second count as one', () => {
  complaints.look(0, 0);
  complaints.look(500, 999);
  expect(said).toEqual([]);
  complaints.look(501, 1_000);
  expect(said).toEqual([many(501)]);
  complaints.look(501 + UNNOTABLE, 2_000);
  expect(said).toHaveLength(1);
});

test('what was rejected before a session is not held against it', () => {
  complaints.beginAt(100);
  complaints.look(100 + UNNOTABLE, 0);
  expect(said).toEqual([]);
  complaints.beginAt(0);
  complaints.look(10, 1_000);
  expect(said).toEqual([many(10)]);
});
