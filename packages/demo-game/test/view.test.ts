import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { largestDifference } from '../src/director/agreement.ts';
import { LinkMeter } from '../src/director/LinkMeter.ts';
import { Show } from '../src/director/Show.ts';
import { bill } from '../src/director/script.ts';
import type { Link, Sight } from '../src/stage/words.ts';
import { frame } from '../src/view/frame.ts';
import { eventLine, statusLines } from '../src/view/Plain.ts';
import { plainPaint } from '../src/view/paint.ts';
import { Terminal } from '../src/view/Terminal.ts';

const HELEN = 76561197960265729n;
const ANN = 76561197960265730n;

function linkTo(peer: bigint, packets: number, state: Link['state'] = 'established'): Link {
  const none = { sent: { packets: 0, bytes: 0 } };
  const channels = { control: none, messages: none, state: { sent: { packets, bytes: packets * 25 } }, bulk: none };
  return { peer, state, rttMs: 41.7, jitterMs: 3.2, sent: { packets, bytes: packets * 30 }, channels };
}

function sight(annAt: { x: number; y: number }, annConnected = true): Sight {
  const rest = { steamId: '', score: 2, frozen: false, connected: true };
  return {
    players: [
      { name: 'Helen', x: 1, y: 1, ...rest },
      { name: 'Ann', ...annAt, ...rest, connected: annConnected },
    ],
    balls: [],
    heaps: [{ x: 31, y: 17 }],
    round: 1,
  };
}

/** Helen and Ann play; Bob has not come yet. */
function show() {
  let now = 0;
  const made = new Show(bill, 7, () => now);
  made.beginAct('Helen opens an arena');
  made.take('Helen', { report: 'online', steamId: HELEN });
  made.take('Ann', { report: 'online', steamId: ANN });
  made.take('Helen', { report: 'joined', sessionId: 'h', afterMs: 1 });
  made.take('Ann', { report: 'joined', sessionId: 'a', afterMs: 1 });
  now = 1_000;
  made.take('Helen', { report: 'status', sight: sight({ x: 16, y: 9 }), links: [linkTo(ANN, 10)] });
  made.take('Ann', { report: 'status', sight: sight({ x: 16, y: 9 }), links: [linkTo(HELEN, 5)] });
  now = 2_000;
  made.take('Helen', { report: 'status', sight: sight({ x: 16, y: 9 }), links: [linkTo(ANN, 30)] });
  made.chat('Ann', 'hello');
  return made;
}

const draw = (columns: number, rows: number) => frame(show(), { columns, rows }, plainPaint).split('\n');

describe('the picture', () => {
  test('shows what each process sees, the links, and what happened', () => {
    const picture = draw(80, 23).join('\n');
    expect(picture).toContain('Act 1 of 7: Helen opens an arena');
    expect(picture).toMatch(/Helen \(host\) sees .*Ann sees .*Bob: not here yet/);
    expect(picture.match(/│H /g)).toHaveLength(2);
    expect(picture.match(/ A /g)).toHaveLength(2);
    expect(picture.match(/\*│/g)).toHaveLength(2);
    expect(picture).toMatch(/Helen → Ann +42 ms +±3 ms +20 +0 B +0 B +750 B +0 B/);
    expect(picture).toMatch(/Helen → Bob +no link/);
    expect(picture).toContain('   2.0  Ann: hello');
  });

  test.each([
    [80, 23],
    [200, 60],
    [60, 15],
    [40, 12],
    [20, 5],
    [5, 2],
  ])('fits into %i columns and %i rows', (columns, rows) => {
    const lines = draw(columns, rows);
    expect(lines.length).toBeLessThanOrEqual(rows);
    // Below that the maps are cut off by the terminal.
    if (columns >= 40) expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  });

  test('who has lost the host sees what he saw last, and is small for the others', () => {
    const made = show();
    made.take('Ann', { report: 'dropped' });
    made.take('Ann', { report: 'status', sight: sight({ x: 16, y: 9 }), links: [linkTo(HELEN, 0, 'greeting')] });
    made.take('Helen', { report: 'status', sight: sight({ x: 16, y: 9 }, false), links: [] });
    const picture = frame(made, { columns: 80, rows: 23 }, plainPaint);
    expect(picture).toContain('Ann: no link');
    expect(picture.match(/ A /g)).toHaveLength(1);
    expect(picture.match(/ a /g)).toHaveLength(1);
    expect(picture).toMatch(/Ann → Helen +no link/);
  });
});

describe('plain lines', () => {
  test('one for each event', () => {
    const made = show();
    made.event('Ann', 'is back');
    expect(made.lines.map(eventLine)).toEqual([
      '   0.0  Act 1 of 7: Helen opens an arena',
      '   2.0    Ann says: hello',
      '   2.0    Ann is back',
    ]);
  });

  test('figures, and who sees whom where', () => {
    expect(statusLines(show())).toEqual([
      '   2.0    · Helen → Ann 42 ms ±3 ms, 20 packets/s · Helen → Bob no link',
      '   2.0    · Helen sees Helen 1,1 Ann 16,9 · Ann sees Helen 1,1 Ann 16,9',
    ]);
  });
});

describe('in place', () => {
  test('draws anew what a resized terminal has garbled, and leaves the last picture', () => {
    const stream = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true, hasColors: () => false });
    const terminal = new Terminal(show(), stream as unknown as WriteStream);
    expect(stripVTControlCharacters(String(stream.read()))).toContain('Act 1 of 7');
    Object.assign(stream, { columns: 60 });
    stream.emit('resize');
    const redrawn = stripVTControlCharacters(String(stream.read()));
    expect(redrawn).toContain('Act 1 of 7');
    expect(Math.max(...redrawn.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    terminal.close();
    expect(stream.listenerCount('resize')).toBe(0);
  });
});

describe('figures', () => {
  test('counters that begin anew with a new session are added up', () => {
    const meter = new LinkMeter('Helen', 'Ann');
    meter.update(linkTo(ANN, 10), 0);
    meter.update(linkTo(ANN, 30), 1_000);
    expect(meter.packetsPerSecond).toBe(20);
    meter.update(linkTo(ANN, 0, 'closed'), 1_200);
    expect(meter.latest).toBeUndefined();
    meter.update(undefined, 1_400);
    meter.update(linkTo(ANN, 4), 1_600);
    expect(meter.total).toMatchObject({ packets: 34, state: { packets: 34, bytes: 850 } });
  });

  test('views are compared when all see all', () => {
    const made = show();
    expect(largestDifference(made.cast)).toBeUndefined();
    const two = made.cast.slice(0, 2);
    expect(largestDifference(two)).toBe(0);
    made.take('Ann', { report: 'status', sight: sight({ x: 19, y: 13 }), links: [] });
    expect(largestDifference(two)).toBe(5);
  });
});
