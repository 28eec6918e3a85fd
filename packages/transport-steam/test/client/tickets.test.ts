import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createTicket } from '../../src/client/tickets.ts';
import type { DriverTicket, SteamDriver } from '../../src/driver/SteamDriver.ts';
import { SteamError } from '../../src/driver/SteamError.ts';
import { rejection } from '../compliance/transport/waiting.ts';

const ANN = 76561198000000001n;

/** A driver that can do nothing but what is asked of it here. */
function driverWith(createTicket?: SteamDriver['createTicket']): SteamDriver {
  const nothing = () => undefined;
  return {
    steamId: ANN,
    limits: { unreliableBytes: 1200, reliableBytes: 1_048_576, channels: 1 },
    isClosed: false,
    start: nothing,
    poll: () => 0,
    send: () => false,
    acceptSession: nothing,
    close: nothing,
    ...(createTicket !== undefined && { createTicket }),
  };
}

function ticket(...bytes: number[]) {
  return { bytes: Uint8Array.from(bytes), cancel: jest.fn<() => void>() } satisfies DriverTicket;
}

test('is given as the web API wants it, and can be cancelled', async () => {
  const made = ticket(0, 1, 0x7f, 0xff);
  const asked: string[] = [];
  const driver = driverWith(async (identity) => {
    asked.push(identity);
    return made;
  });
  const { hex, cancel } = await createTicket(driver, 'my-game');
  expect(asked).toEqual(['my-game']);
  expect(hex).toBe('00017fff');
  expect(made.cancel).not.toHaveBeenCalled();
  cancel();
  expect(made.cancel).toHaveBeenCalledTimes(1);
});

test.each([
  [new Error('not logged in'), 'steam-failed', 'Steam made no ticket for my-game: not logged in'],
  ['no', 'steam-failed', 'Steam made no ticket for my-game: no'],
  [new SteamError('not-logged-in', 'log in first'), 'not-logged-in', 'log in first'],
])('Steam makes none: %p', async (thrown, code, message) => {
  const refuse = () => Promise.reject(thrown);
  const error = await rejection(createTicket(driverWith(refuse), 'my-game'));
  expect(error).toBeInstanceOf(SteamError);
  expect(error).toMatchObject({ code, message });
  const throwing = () => {
    throw thrown;
  };
  expect(await rejection(createTicket(driverWith(throwing), 'my-game'))).toMatchObject({ code, message });
});

describe('a Steam that never answers', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each([
    [undefined, 15_000],
    [{ timeoutMs: 100 }, 100],
  ])('is not waited for longer than %p say', async (options, timeoutMs) => {
    const caught = rejection(
      createTicket(
        driverWith(() => new Promise(() => undefined)),
        'my-game',
        options,
      ),
    );
    const settled = jest.fn();
    void caught.then(settled);
    await jest.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(settled).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalled();
    expect(await caught).toMatchObject({
      name: 'SteamError',
      code: 'timed-out',
      message: `Steam made no ticket for my-game within ${timeoutMs} ms`,
    });
  });

  test('and a ticket that comes too late is cancelled', async () => {
    const made = ticket(1);
    let give: (ticket: DriverTicket) => void = () => undefined;
    const answer = new Promise<DriverTicket>((resolve) => {
      give = resolve;
    });
    const caught = rejection(
      createTicket(
        driverWith(() => answer),
        'my-game',
      ),
    );
    await jest.advanceTimersByTimeAsync(15_000);
    expect(await caught).toMatchObject({ code: 'timed-out' });
    give(made);
    await jest.advanceTimersByTimeAsync(0);
    expect(made.cancel).toHaveBeenCalledTimes(1);
  });

  test('leaves no timer behind, whatever happens', async () => {
    await createTicket(
      driverWith(async () => ticket(1)),
      'my-game',
    );
    await rejection(
      createTicket(
        driverWith(() => Promise.reject(new Error('no'))),
        'my-game',
      ),
    );
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('bad arguments', () => {
  test.each([
    [undefined, TypeError, /^the identity of a ticket is undefined \(undefined\), but must be a string$/],
    [17, TypeError, /^the identity of a ticket is 17 \(number\), but must be a string$/],
    ['', RangeError, /^the identity of a ticket is empty, but must say whom it is for/],
    ['a\0b', RangeError, /^the identity of a ticket has a NUL character, which Steam does not take$/],
  ])('identity %p, and Steam is not asked', async (identity, kind, message) => {
    const asked = jest.fn(async () => ticket(1));
    const error = await rejection(createTicket(driverWith(asked), identity as never));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
    expect(asked).not.toHaveBeenCalled();
  });

  test.each([0, -1, 2 ** 31, Number.NaN, '100'])('timeoutMs %p', async (timeoutMs) => {
    const error = await rejection(
      createTicket(
        driverWith(async () => ticket(1)),
        'my-game',
        { timeoutMs: timeoutMs as number },
      ),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(`option timeoutMs must be from 1 to 2147483647, not ${timeoutMs === '100' ? '"100"' : timeoutMs}`);
  });

  test('no driver, and one without tickets', async () => {
    expect((await rejection(createTicket({} as never, 'my-game'))).message).toMatch(/^option driver must be a SteamDriver/);
    const error = await rejection(createTicket(driverWith(), 'my-game'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(`the driver of Steam user ${ANN} makes no tickets`);
  });
});
