import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Room } from '@colyseus/core';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { SteamSDK } from '../../src/client.ts';
import { type InspectorAction, type InspectorOptions, serveInspector } from '../../src/inspect.ts';
import type { SimulatedSteam } from '../../src/sim.ts';
import { until } from '../compliance/transport/waiting.ts';
import { type Browser, describeBrowser, openBrowser, type Page } from '../helpers/chromium.ts';
import { messages } from '../helpers/gameMessages.ts';
import { IMPATIENT } from '../helpers/steamArena.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

jest.setTimeout(90_000);

/** Would say so in the title of the page, if it were markup there. */
const HOSTILE = '<img src=x onerror="document.title=1">';

class HallRoom extends Room {
  override onCreate(): void {
    this.onMessage('*', () => undefined);
  }
}

/** A game with two players who move all the time, one of them with a hostile name, and a page that shows it. */
interface Play {
  readonly page: Page;
  readonly url: string;
  readonly steam: SimulatedSteam;
  readonly ann: SteamSDK;
  readonly mallory: SteamSDK;
  /** What the page said on its console, and what went wrong in it. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

interface Setting {
  readonly width?: number;
  readonly options?: Partial<InspectorOptions>;
  /** They stand beside Ann. */
  buttons?(steam: SimulatedSteam, ann: SteamSDK): Omit<InspectorAction, 'source'>[];
}

describeBrowser('the page, in a browser,', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  async function withPage({ width = 1280, options, buttons }: Setting, look: (play: Play) => Promise<void>): Promise<void> {
    await withSteamWorld({ options: { messages } }, async (world, { steam, host, transport }) => {
      world.define('hall', HallRoom);
      const join = async (personaName: string) => {
        const driver = steam.user({ personaName });
        const client = new SteamSDK(`steam://${host.steamId}`, { driver, messages, ...IMPATIENT });
        return { client, room: await client.joinOrCreate('hall') };
      };
      const players = [await join('Ann'), await join(HOSTILE)] as const;
      const [{ client: ann }, { client: mallory }] = players;
      const moving = setInterval(() => {
        for (const { room } of players) if (room.connection.isOpen) room.send('move', { x: 1, y: 2 });
      }, 20);
      const { url, close } = await serveInspector({
        sources: { host: () => transport.inspect(), ann: () => ann.inspect() },
        network: steam,
        actions: (buttons?.(steam, ann) ?? []).map((button) => ({ ...button, source: 'ann' })),
        ...options,
      });
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const faults: string[] = [];
      page.on('console', (said) => faults.push(said.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      try {
        await page.goto(url);
        await page.waitForSelector('#peers tbody tr');
        await look({ page, url, steam, ann, mallory, faults, close });
      } finally {
        clearInterval(moving);
        await page.close();
        await close();
        for (const { client } of players) client.close();
      }
    });
  }

  test('shows peers, rooms and events, and charts with lines in them', async () => {
    await withPage({ options: { title: 'A game' } }, async ({ page, faults }) => {
      expect([await page.title(), await page.textContent('#title')]).toEqual(['A game', 'A game']);
      await shows(page, '#link', /^live$/);
      await shows(page, '#sources', /host.*running.*host, 2 peers, \d+(\.\d)? ms.*ann.*Ann.*running.*1 peer/);
      await shows(page, '#peers tbody', /Ann.*established.*ms.*%/);
      await shows(page, '#connections tbody', /Ann.*hall \/\S+.*open/);
      await shows(page, '#rooms tbody', /hall.*2/);
      await shows(page, '#events tbody', /connection-opened.*session-opened.*request-accepted/);
      expect(await page.locator('.chart canvas').count()).toBe(5);
      for (const chart of [0, 1, 2, 3, 4]) await hasLine(page, chart);
      await page.locator('.choice').getByText('by message type').click();
      await page.locator('.choice').getByText('received').click();
      // Two players, each 50 times a second.
      await page.waitForFunction(() => {
        const [, rate] = /^move(\d+)\/s$/.exec(document.querySelectorAll('.legend')[1]?.textContent ?? '') ?? [];
        return Number(rate) > 60 && Number(rate) < 120;
      });
      await hasLine(page, 4);
      // The one who is chosen, alone.
      await page.locator('#peers tbody tr').first().click();
      await page.waitForFunction(() => {
        const [, rate] = /^move(\d+)\/s$/.exec(document.querySelectorAll('.legend')[1]?.textContent ?? '') ?? [];
        return Number(rate) > 30 && Number(rate) < 60;
      });
      expect(faults).toEqual([]);
    });
  });

  test('a slider changes the round trip that is measured, there and in the game', async () => {
    await withPage({}, async ({ page, ann, faults }) => {
      const shown = async () =>
        Number.parseFloat((await page.locator('#peers tbody td:nth-child(3)').first().textContent()) ?? '');
      const measured = () => ann.endpoint.stats()[0]?.rttMs ?? 0;
      await page.waitForFunction(() => document.querySelector('#peers td:nth-child(3)')?.textContent?.endsWith(' ms'));
      expect([await shown(), measured()].every((rttMs) => rttMs < 100)).toBe(true);
      await page.locator('#latencyMs').fill('150');
      await shows(page, '#network', /Latency, one way150 ms/);
      await until(() => measured() > 150, 'the game is slower');
      await page.waitForFunction(
        () => Number.parseFloat(document.querySelector('#peers td:nth-child(3)')?.textContent ?? '') > 150,
      );
      await page.getByText('perfect network').click();
      await until(() => measured() < 100, 'and as before', 30_000);
      expect(await page.locator('#latencyMs').inputValue()).toBe('0');
      expect(faults).toEqual([]);
    });
  });

  test('loss and bandwidth are set, too, by the keyboard', async () => {
    const set: unknown[] = [];
    const network: NonNullable<InspectorOptions['network']> = {
      setConditions: ({ loss, bandwidthBitsPerSecond }) => void set.push([loss, bandwidthBitsPerSecond]),
    };
    await withPage({ options: { network } }, async ({ page, faults }) => {
      await page.locator('#loss').focus();
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
      await shows(page, '#network', /Loss2\.0 %/);
      await page.locator('#bandwidthBitsPerSecond').focus();
      for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
      await shows(page, '#network', /Bandwidth1\.6 Mbit\/s/);
      await until(() => JSON.stringify(set.at(-1)) === '[0.02,1600000]', 'the last one is what is set');
      // Another page sees the same, and so does this one when it is loaded again.
      await page.reload();
      await shows(page, '#network', /Loss2\.0 %Bandwidth1\.6 Mbit\/s/);
      expect(faults).toEqual([]);
    });
  });

  test('a button does what it says, and the page tells what came of it', async () => {
    const buttons: NonNullable<Setting['buttons']> = (steam, ann) => [
      { name: 'unplug', run: () => steam.unplug(ann.endpoint.steamId) },
      { name: 'count', run: () => '3 packets' },
      { name: 'fail', run: () => Promise.reject(new Error(`nobody ${HOSTILE}`)) },
    ];
    await withPage({ buttons }, async ({ page, faults }) => {
      await page.getByRole('button', { name: 'count' }).click();
      await shows(page, '#answer', /^ann: count: 3 packets$/);
      await page.getByRole('button', { name: 'fail' }).click();
      await shows(page, '#answer.fault', /^ann: fail: nobody <img/);
      await page.getByRole('button', { name: 'unplug' }).click();
      await shows(page, '#answer', /^ann: unplug: done$/);
      await shows(page, '#events tbody', /session-closed\s*7656\d+\s*connection-lost/);
      expect(faults).toEqual([]);
    });
  });

  test('names, reasons and data of others are text, whatever is in them', async () => {
    const hostile = {
      [HOSTILE]: () => ({
        ...mallorys(),
        lobby: { state: 'joined' as const, id: '1', members: [], data: { [HOSTILE]: HOSTILE, ['__proto__']: HOSTILE } },
      }),
    };
    let mallorys: SteamSDK['inspect'] = () => {
      throw new Error(HOSTILE);
    };
    await withPage({ options: { title: HOSTILE } }, async ({ page, mallory, url, faults }) => {
      await shows(page, '#peers tbody', /<img src=x onerror=/);
      await shows(page, '#events tbody', /<img src=x onerror=/);
      expect(await page.title()).toBe(HOSTILE);
      mallorys = () => mallory.inspect();
      mallory.endpoint.log.add('connection-closed', { peer: HOSTILE, code: 4000, reason: HOSTILE, path: HOSTILE });
      const other = await serveInspector({
        sources: { ...hostile, broken: () => Promise.reject(new Error(HOSTILE)) },
        actions: [{ name: HOSTILE, run: () => HOSTILE }],
      });
      await page.goto(other.url);
      await shows(page, '#lobby tbody', /<img src=x onerror=.*<img src=x onerror=/);
      await shows(page, '#events tbody', /<img src=x onerror=.*4000<img src=x onerror=/);
      await page.locator('#actions button').click();
      await shows(page, '#answer', /<img/);
      await page.locator('.card').getByText('broken').first().click();
      await shows(page, '#fault', /^broken: <img src=x/);
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.title()).toBe('Steam network');
      expect(faults).toEqual([]);
      // And if the page itself made markup of it, the browser would not.
      await expect(page.evaluate((markup) => document.body.insertAdjacentHTML('beforeend', markup), HOSTILE)).rejects.toThrow(
        /TrustedHTML/,
      );
      await other.close();
      expect(url).not.toBe(other.url);
    });
  });

  // The tables of the source chosen before stood under the fault of this one.
  test('a source that fails is shown with what it said last, and with nothing of another', async () => {
    let isBroken = false;
    let annSays: SteamSDK['inspect'] = () => {
      throw new Error('not yet');
    };
    const sources = {
      ann: () => {
        if (isBroken) throw new Error('crashed');
        return annSays();
      },
      never: () => Promise.reject(new Error('no such process')),
      odd: () => ({ peers: [], events: [] }) as unknown as ReturnType<SteamSDK['inspect']>,
    };
    const actions: InspectorAction[] = [];
    await withPage({}, async ({ page, ann, faults }) => {
      annSays = () => ann.inspect();
      const other = await serveInspector({ sources, actions });
      await page.goto(`${other.url}#ann`);
      await shows(page, '#peers tbody', /established/);
      for (const [name, fault] of [
        ['never', /^never: no such process$/],
        ['odd', /^odd: gave no snapshot of inspect\(\): steamId must be/],
      ] as const) {
        await page.locator('.card').getByText(name).first().click();
        await shows(page, '#fault', fault);
        await shows(page, '#peers.is-empty tbody', /^$/);
        await shows(page, '#events.is-empty tbody', /^$/);
        await shows(page, '#counters', /^$/);
      }
      isBroken = true;
      await page.locator('.card').getByText('ann').first().click();
      await shows(page, '#fault', /^ann: crashed$/);
      await shows(page, '#peers tbody', /established/);
      actions.push(undefined as unknown as InspectorAction);
      await shows(page, '#fault', /^option actions: each must be .* · ann: crashed$/);
      expect(faults).toEqual([]);
      await other.close();
    });
  });

  test('stands in a narrow frame of another local page, with what that has chosen', async () => {
    await withPage({ buttons: () => [{ name: 'count', run: () => '3 packets' }] }, async ({ page, url, faults }) => {
      const game = createServer((_, response) => {
        response.setHeader('content-type', 'text/html');
        response.end(`<!doctype html><link rel="icon" href="data:,"><iframe src="${url}#ann" width="420" height="800"></iframe>
          <script>onmessage = ({ data }) => { document.querySelector('iframe').height = data.height }</script>`);
      });
      game.listen(0, '127.0.0.1');
      await once(game, 'listening');
      await page.goto(`http://127.0.0.1:${(game.address() as AddressInfo).port}/`);
      // It has been read.
      game.close();
      const frame = page.frameLocator('iframe');
      await frame.locator('.card.is-chosen').getByText('1 peer').waitFor();
      await frame.locator('#peers tbody tr').first().waitFor();
      expect(await frame.locator('#peers tbody tr').count()).toBe(1);
      await frame.getByRole('button', { name: 'count' }).click();
      await frame.getByText('ann: count: 3 packets').waitFor();
      const [, inside] = page.frames();
      const overflow = await inside?.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow).toBe(0);
      // It is higher than 800 pixels, and the page around it has heard so.
      await inside?.waitForFunction(() => innerHeight > 1_000 && document.documentElement.scrollHeight === innerHeight);
      expect(
        await inside?.evaluate(() => [...document.querySelectorAll('canvas')].map((canvas) => canvas.clientWidth > 300)),
      ).toEqual(Array(5).fill(true));
      await frame.locator('.card').getByText('host').first().click();
      await frame.locator('#peers tbody tr:nth-child(2)').waitFor();
      expect(inside?.url()).toBe(`${url}#host`);
      expect(faults).toEqual([]);
    });
  });

  test('says that nobody serves it any more', async () => {
    await withPage({ buttons: () => [{ name: 'count', run: () => '3 packets' }] }, async ({ page, close }) => {
      await close();
      await shows(page, '#link', /^lost$/);
      await page.getByRole('button', { name: 'count' }).click();
      await shows(page, '#answer', /nobody answers/);
    });
  });
});

/** Waits until it does. */
async function shows(page: Page, selector: string, expected: RegExp): Promise<void> {
  let text: string | null = null;
  try {
    await page.waitForFunction(
      ([where, source, flags]) =>
        new RegExp(source as string, flags).test(document.querySelector(where as string)?.textContent ?? ''),
      [selector, expected.source, expected.flags],
      { timeout: 15_000 },
    );
  } catch {
    text = await page.locator(selector).first().textContent();
    expect(text).toMatch(expected);
  }
}

/** Waits until a chart has something on it that is not grey, as grid and numbers are. */
async function hasLine(page: Page, chart: number): Promise<void> {
  await page.waitForFunction((at) => {
    const canvas = document.querySelectorAll<HTMLCanvasElement>('.chart canvas')[at];
    if (canvas === undefined || canvas.width === 0) return false;
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(canvas, 0, 0);
    const { data } = copy?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let coloured = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [red = 0, green = 0, blue = 0] = data.slice(i, i + 3);
      if (Math.max(red, green, blue) - Math.min(red, green, blue) > 80) coloured++;
    }
    return coloured > 10;
  }, chart);
}
