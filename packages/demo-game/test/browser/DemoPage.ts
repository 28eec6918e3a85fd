import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type Browser, openBrowser, type Page } from '../../../transport-steam/test/helpers/chromium.ts';
import type { GameView } from '../../src/page/game/playInPage.ts';
import { Demo } from '../Demo.ts';

type Frame = ReturnType<Page['mainFrame']>;
type Locator = ReturnType<Page['locator']>;
export type Name = 'Ann' | 'Bob' | 'Carol' | 'This machine';

/** A wait that fails says what it saw before jest gives up. Unit: ms. */
const PATIENCE_MS = 60_000;

/** In the pane of a player, while he plays. */
declare const view: GameView;

/** `npm run demo`, as a visitor sees it, in a browser of its own. */
export class DemoPage {
  readonly demo: Demo;
  readonly page: Page;
  readonly #browser: Browser;
  /** What went wrong in the pages. */
  readonly #errors: Error[] = [];
  #fingers: Awaited<ReturnType<ReturnType<Page['context']>['newCDPSession']>> | undefined;
  #touching = 0;

  static async open(args: readonly string[] = [], program?: string): Promise<DemoPage> {
    const demo = new Demo(['--no-open', ...args], program);
    await demo.until('http://');
    const browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 1440, height: 1300 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const opened = new DemoPage(demo, browser, page);
    await page.goto(opened.url);
    return opened;
  }

  private constructor(demo: Demo, browser: Browser, page: Page) {
    this.demo = demo;
    this.#browser = browser;
    this.page = page;
    page.on('pageerror', (error) => this.#errors.push(error));
  }

  get url(): string {
    return /http:\S+/.exec(this.demo.output)?.[0] ?? '';
  }

  /** The page of one player, as his process serves it. */
  async pane(name: Name): Promise<Frame> {
    const element = await this.page.waitForSelector(`iframe[title="${name}"]`).catch(async (cause) => {
      throw new Error(`${name} has no pane: ${await this.machine(name).textContent()}`, { cause });
    });
    return (await element.contentFrame()) as Frame;
  }

  /** The players are in the arena, and are shown there. */
  async untilPlays(...names: Name[]): Promise<void> {
    await eventually(async () => {
      for (const name of names) {
        const pane = await this.pane(name);
        const seen = await pane.evaluate(() => {
          const isPlaying = document.getElementById('play')?.hidden === false;
          return isPlaying && view.self !== undefined ? 'the arena' : document.body.textContent;
        });
        expect({ name, seen }).toEqual({ name, seen: 'the arena' });
      }
    });
  }

  /** Where `player` is shown in the pane of `seer`. */
  async placeOf(player: Name, seer: Name): Promise<{ x: number; y: number }> {
    const pane = await this.pane(seer);
    const place = await pane.evaluate((name) => {
      const found = view.players.find((shown) => shown.name === name);
      return found && { x: found.x, y: found.y };
    }, player);
    if (place === undefined) throw new Error(`${seer} does not see ${player}`);
    return place;
  }

  /** Whom a player sees in the arena. */
  async namesIn(seer: Name): Promise<string[]> {
    const pane = await this.pane(seer);
    return await pane.evaluate(() => view.players.map(({ name }) => name).sort());
  }

  /** As a visitor does: a click into the arena. */
  async takeKeys(name: Name): Promise<void> {
    await (await this.pane(name)).click('#arena');
  }

  /** Snowballs that a player has, as he is shown. */
  async snowOf(name: Name): Promise<number> {
    return await (await this.pane(name)).locator('.snow i:not(.empty)').count();
  }

  /** Puts fingers on a player's arena, each at shares of its width and height, and moves them. None: all are lifted. */
  async touch(name: Name, ...fingers: readonly (readonly [x: number, y: number])[]): Promise<void> {
    const box = await (await this.pane(name)).locator('#arena').boundingBox();
    if (box === null) throw new Error(`${name} is in no arena`);
    this.#fingers ??= await this.page.context().newCDPSession(this.page);
    const touchPoints = fingers.map(([x, y], id) => ({ id, x: box.x + x * box.width, y: box.y + y * box.height }));
    const type = fingers.length === 0 ? 'touchEnd' : fingers.length > this.#touching ? 'touchStart' : 'touchMove';
    this.#touching = fingers.length;
    await this.#fingers.send('Input.dispatchTouchEvent', { type, touchPoints });
  }

  /** The machine of a player, on the page around the panes: the Steam client, and the game's process. */
  machine(name: Name): Locator {
    return this.page.locator('article').filter({ has: this.page.locator(`b:text-is("${name}")`) });
  }

  /** The network view. */
  async network(): Promise<Frame> {
    const element = await this.page.waitForSelector('#network');
    return (await element.contentFrame()) as Frame;
  }

  /** Presses a button of the network view: one beside a player, or one above all. */
  async press(action: string, name?: Name): Promise<void> {
    const network = await this.network();
    const place = name === undefined ? network.locator('#actions') : network.locator('article', { hasText: name });
    await place.getByRole('button', { name: action, exact: true }).click();
  }

  /** Round trip to a player, as the host has measured it. Unit: ms. */
  async roundTripTo(name: Name): Promise<number> {
    const row = (await this.network()).locator('#peers tr', { hasText: name });
    return Number.parseFloat((await row.locator('td').nth(2).textContent()) ?? '');
  }

  /** Ctrl-C: nothing may be left of it. */
  async close(): Promise<void> {
    const table = (await this.page.textContent('#machines')) ?? '';
    const started = [...table.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
    await this.#browser.close();
    this.demo.kill('SIGINT');
    expect(await this.demo.ended).toBe(130);
    await this.demo.expectNothingLeft(started);
    expect(this.#errors).toEqual([]);
  }
}

/** Tries until it does not throw: the machine may be slow, and busy with other tests. */
export async function eventually(expectation: () => unknown, withinMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      await expectation();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
