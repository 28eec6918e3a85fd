import { existsSync, readFileSync } from 'node:fs';
import { CloseCode as ColyseusCode } from '@colyseus/core';
import { describe, expect, test } from '@jest/globals';
import { CloseCode } from '../../src/connection/Connection.ts';
import { RemovalCode } from '../../src/lobby/removal.ts';
import { type Scenario, scenarios } from './scenarios.ts';

// SURVIVAL.md names tests and bounds: both are those of the sources.

const document = readFileSync(new URL('../../SURVIVAL.md', import.meta.url), 'utf8');

/** From steam facts: what broke in other transports over Steam. */
const FAILURES = [
  'the goodbye, or the last message before it, lost because closing discards what is queued; or the goodbye overtaking the last data',
  'a player who rejoins fast on the still-open session is "already known" and waits for ever',
  'a stale ACCEPT, DISCONNECT or data packet of the last match applied to this one',
  'control packets not checked for their sender: anyone can disconnect anyone',
  'a duplicate CONNECT throws',
  'shutdown mutates the map it iterates',
  'handlers left behind give ghost players when a client later hosts',
  'server full looks like a 25 s time-out',
  'unreliable over 1200 B silently gone',
  'a false return of send ignored',
  'one packet read per frame: the backlog never clears',
  'a fixed read buffer truncates',
  'a peer loading for more than 10 s is dropped as dead',
  'Steam drops the lobby, P2P works, and code kicks everybody',
  'sending to a player who has just left takes the whole server down',
  'a burst of more than 1 MiB stalls',
];

/** Rows of the only table under a heading, without its head. */
function rows(heading: string): string[][] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** `a.test.ts` and `b.test.ts` "one", "other": each title with each file before it. A cell without a file is of the addon's. */
function referencesIn(cell: string, failure: string): [file: string, title: string][] {
  return cell.split(';').flatMap((part) => {
    const files = [...part.matchAll(/`([\w/.]+\.test\.ts)`/g)].map(([, file]) => file as string);
    const titles = [...part.replaceAll(/`[^`]*`/g, '').matchAll(/"([^"]+)"/g)].map(([, title]) => title as string);
    if (part.includes('the same title')) titles.push(failure);
    return (files.length > 0 ? files : ['survival/native.test.ts']).flatMap((file) =>
      titles.map((title): [string, string] => [file, title]),
    );
  });
}

describe('SURVIVAL.md', () => {
  test('has every failure of other transports, and tests for it on both', () => {
    expect(rows('What broke elsewhere').map(([failure]) => failure)).toEqual(FAILURES);
    for (const cells of rows('What broke elsewhere')) {
      for (const cell of cells.slice(1)) expect(referencesIn(cell, cells[0] as string)).not.toEqual([]);
    }
  });

  test.each(
    rows('What broke elsewhere').flatMap(([failure = '', ...cells]) => cells.flatMap((cell) => referencesIn(cell, failure))),
  )('%s has the test: %s', (file, title) => {
    const url = new URL(`../${file}`, import.meta.url);
    expect(existsSync(url)).toBe(true);
    expect(readFileSync(url, 'utf8').replaceAll('\\', '')).toContain(title);
  });

  test('has every close code, once', () => {
    const codes = new Set<number>([CloseCode, ColyseusCode, RemovalCode].flatMap((known) => Object.values(known)));
    expect(rows('Close codes').map(([code]) => Number(code))).toEqual([...codes].sort((a, b) => a - b));
  });

  test('has the scenarios of the matrix, with their bounds', () => {
    const documented = rows('The fault matrix').map(([name, lost, bound]) => [name, lost, bound]);
    expect(documented).toEqual(scenarios.map((scenario) => [scenario.name, lostIn(scenario), `${scenario.withinMs / 1_000} s`]));
  });
});

function lostIn({ loses }: Scenario): string | undefined {
  return ['nobody', 'one player', undefined, 'everybody'][loses.length];
}
