import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectHubControl, connectToHub } from 'colyseus-transport-steam/sim';
import { describeBrowser } from '../../../transport-steam/test/helpers/chromium.ts';
import type { GameView } from '../../src/page/game/playInPage.ts';
import type { ArenaRoom } from '../../src/shared/ArenaRoom.ts';
import { Arena } from '../../src/shared/state.ts';
import { lobbiesOf } from '../../src/transport.ts';
import { DemoPage, eventually } from './DemoPage.ts';

declare const view: GameView; // in a pane

const PATIENCE_MS = 120_000;
const SCREENSHOT = join(import.meta.dirname, '..', '..', 'screenshot.png');

describeBrowser('npm run demo', () => {
  let demo: DemoPage;

  beforeAll(async () => {
    demo = await DemoPage.open();
  }, PATIENCE_MS);
  afterAll(() => demo.close(), PATIENCE_MS);

  test(
    'three players are in the arena: one hosts, the others came by an invite',
    async () => {
      await demo.untilPlays('Ann', 'Bob', 'Carol');
      await eventually(async () => {
        for (const name of ['Ann', 'Bob', 'Carol'] as const) {
          expect(await demo.namesIn(name)).toEqual(['Ann', 'Bob', 'Carol']);
        }
      });
    },
    PATIENCE_MS,
  );

  test(
    'the network view names each player once, and has no scroll bar of its own',
    async () => {
      const network = await demo.network();
      await eventually(async () => {
        const names = await network.locator('#peers tbody td.name').allTextContents();
        expect(names.sort()).toEqual(['Ann (ourselves)', 'Bob', 'Carol']);
        expect(await network.locator('.choose').allInnerTexts()).toEqual([
          expect.stringMatching(/^Ann\s+running\s+host, 3 peers/),
          expect.stringMatching(/^Bob\s+running\s+1 peer/),
          expect.stringMatching(/^Carol\s+running\s+1 peer/),
        ]);
        expect(await network.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBe(0);
      });
    },
    PATIENCE_MS,
  );

  test(
    'keys without a click: the first pane has them, and moves the avatar in the other',
    async () => {
      expect(await demo.page.evaluate(() => document.activeElement?.getAttribute('title'))).toBe('Ann');
      const ann = await demo.pane('Ann');
      expect(await ann.isChecked('#bot')).toBe(true);
      const before = await demo.placeOf('Ann', 'Bob');
      await demo.page.keyboard.down('ArrowRight');
      await eventually(async () => expect((await demo.placeOf('Ann', 'Bob')).x).toBeGreaterThan(before.x + 2));
      await demo.page.keyboard.up('ArrowRight');
      expect(await ann.isChecked('#bot')).toBe(false);
    },
    PATIENCE_MS,
  );

  test(
    'who points at an arena has its keys, and its bot rests',
    async () => {
      const bob = await demo.pane('Bob');
      expect(await bob.isChecked('#bot')).toBe(true);
      const box = await bob.locator('#arena').boundingBox();
      await demo.page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 100);
      await demo.page.mouse.down();
      await sleep(500); // a throw would be made ready by now, and go
      const snow = await demo.snowOf('Bob');
      await demo.page.mouse.up();
      await sleep(100);
      expect(await bob.isChecked('#bot')).toBe(false);
      expect(await demo.snowOf('Bob')).toBeGreaterThanOrEqual(snow); // he may stand on a heap
      await bob.waitForSelector('text=Walk with WASD');
      await demo.takeKeys('Ann');
      await bob.check('#bot');
    },
    PATIENCE_MS,
  );

  test(
    'touch: the left thumb walks, the right one throws',
    async () => {
      const before = await demo.placeOf('Ann', 'Bob');
      await demo.touch('Ann', [0.2, 0.5]);
      await demo.touch('Ann', [0.05, 0.5]);
      await eventually(async () => expect((await demo.placeOf('Ann', 'Bob')).x).toBeLessThan(before.x - 2));
      await demo.touch('Ann');
      await eventually(() =>
        throwsWhile(
          () => demo.touch('Ann', [0.8, 0.5]),
          () => demo.touch('Ann'),
        ),
      );
    },
    PATIENCE_MS,
  );

  test(
    'a gamepad: its stick takes over from the bot, and walks, its button throws; in the pane only that has the keys',
    async () => {
      const [ann, bob] = [await demo.pane('Ann'), await demo.pane('Bob')];
      const hold = async (x: number, pressed: boolean) => {
        for (const pane of [ann, bob]) {
          await pane.evaluate(
            ([x, pressed]) => {
              const pad = { axes: [x, 0, 0, 0], buttons: [{ pressed }] } as unknown as Gamepad;
              navigator.getGamepads = () => [null, pad];
            },
            [x, pressed] as const,
          );
        }
      };
      await demo.takeKeys('Bob');
      await bob.check('#bot');
      await demo.takeKeys('Ann');
      await ann.check('#bot');
      await hold(0, false);
      await sleep(300); // ten steps, and nobody uses it
      expect(await ann.isChecked('#bot')).toBe(true);
      const before = await demo.placeOf('Ann', 'Bob');
      await hold(1, false);
      await eventually(async () => expect((await demo.placeOf('Ann', 'Bob')).x).toBeGreaterThan(before.x + 2));
      expect([await ann.isChecked('#bot'), await bob.isChecked('#bot')]).toEqual([false, true]);
      await eventually(() =>
        throwsWhile(
          () => hold(0, true),
          () => hold(0, false),
        ),
      );
      for (const pane of [ann, bob]) {
        await pane.evaluate(() => {
          navigator.getGamepads = () => [];
        });
      }
    },
    PATIENCE_MS,
  );

  /** Ann has a snowball less for it. */
  async function throwsWhile(hold: () => Promise<unknown>, letGo: () => Promise<unknown>): Promise<void> {
    const before = await demo.snowOf('Ann');
    await hold();
    await sleep(400);
    await letGo();
    await sleep(100);
    expect(await demo.snowOf('Ann')).toBeLessThan(before);
  }

  test(
    'chat',
    async () => {
      await demo.takeKeys('Ann');
      await demo.page.keyboard.press('Enter');
      await demo.page.keyboard.type('who wants a snowball?');
      await demo.page.keyboard.press('Enter');
      const bob = await demo.pane('Bob');
      await bob.waitForSelector('text=who wants a snowball?');
    },
    PATIENCE_MS,
  );

  test(
    'the sliders change the round trip that is measured',
    async () => {
      const network = await demo.network();
      await network.locator('#latencyMs').fill('200');
      await eventually(async () => expect(await demo.roundTripTo('Bob')).toBeGreaterThan(350));
      await network.getByRole('button', { name: 'perfect network' }).click();
      await eventually(async () => expect(await demo.roundTripTo('Bob')).toBeLessThan(200));
    },
    PATIENCE_MS,
  );

  test(
    'a picture of it, for the READMEs: `UPDATE_SCREENSHOT=1 npm test -- browser/simulated` writes it',
    async () => {
      await demo.page.setViewportSize({ width: 1080, height: 820 });
      await demo.takeKeys('Ann');
      await demo.page.mouse.move(0, 0);
      await sleep(2_000); // the charts are drawn anew
      const place = process.env.UPDATE_SCREENSHOT ? SCREENSHOT : join(tmpdir(), `demo-${process.pid}.png`);
      await demo.page.screenshot({ path: place });
      if (place !== SCREENSHOT) rmSync(place);
      expect(statSync(SCREENSHOT).size).toBeLessThan(300_000);
    },
    PATIENCE_MS,
  );

  test(
    'a name, and what is said, is text and no part of the page',
    async () => {
      const hub = `demo-${demo.demo.pid}`;
      const name = '<img onerror=x>';
      const steam = await connectHubControl({ name: hub });
      const driver = await connectToHub({ name: hub, personaName: name });
      const [lobby] = await steam.lobbies.ids();
      const { room, leave } = await lobbiesOf(driver).joinLobby<ArenaRoom, Arena>(String(lobby), { name }, { rootSchema: Arena });
      room.onMessage('*', () => {});
      room.send('say', { text: '<img src="/none" onerror="document.body.textContent = 0">' });
      const bob = await demo.pane('Bob');
      await bob.locator('.lines', { hasText: 'onerror="document' }).waitFor();
      await bob.locator('.scores', { hasText: name }).waitFor();
      expect(await bob.locator('img').count()).toBe(0);
      await leave();
      driver.close();
      steam.close();
      await eventually(async () => expect(await demo.namesIn('Ann')).toHaveLength(3));
    },
    PATIENCE_MS,
  );

  test(
    'who is unplugged comes back to his place',
    async () => {
      const bob = await demo.pane('Bob');
      await demo.press('unplug', 'Bob');
      await bob.waitForSelector('text=Connection lost');
      await demo.press('plug in', 'Bob');
      await bob.waitForSelector('text=Connection lost', { state: 'detached' });
      expect(await demo.namesIn('Bob')).toEqual(['Ann', 'Bob', 'Carol']);
    },
    PATIENCE_MS,
  );

  test(
    'a full game says so to the next one',
    async () => {
      await demo.press('fill the game');
      const network = await demo.network();
      await network.waitForSelector('text=/5 came; the next one was refused \\(full\\)/');
      await eventually(async () => expect(await demo.namesIn('Ann')).toHaveLength(8));
      await sleep(3_000); // it is an average of the last two seconds
      const frameMs = await (await demo.pane('Ann')).evaluate(() => view.frameMs);
      console.log(`a frame with eight players: ${frameMs.toFixed(2)} ms of script`);
      expect(frameMs).toBeGreaterThan(0);
      await demo.press('send the guests away');
      await eventually(async () => expect(await demo.namesIn('Ann')).toHaveLength(3));
    },
    PATIENCE_MS,
  );

  test(
    'the host’s Steam is killed, and restarted: the players come back',
    async () => {
      const bob = await demo.pane('Bob');
      await demo.press('kill Steam', 'Ann');
      await bob.waitForSelector('text=Connection lost');
      await demo.press('restart Steam', 'Ann');
      await bob.waitForSelector('text=Connection lost', { state: 'detached' });
      await (await demo.network()).waitForSelector('text=lobby-healed');
    },
    PATIENCE_MS,
  );

  test(
    'who floods is sent away',
    async () => {
      await demo.press('flood the host');
      const answer = (await demo.network()).locator('#answer', { hasText: /^flood the host: / });
      await answer.waitFor();
      expect(await answer.textContent()).toMatch(/Mallory said .* was sent away with 1008: flooding/);
      await eventually(async () => expect(await demo.namesIn('Ann')).toEqual(['Ann', 'Bob', 'Carol']), 5_000); // no seat is kept for him
    },
    PATIENCE_MS,
  );

  test(
    'who has left finds the game in the list',
    async () => {
      const carol = await demo.pane('Carol');
      await carol.click('#leave');
      await carol.click('li:has-text("Ann: 2 of 8 players") >> text=Join');
      await demo.untilPlays('Carol');
    },
    PATIENCE_MS,
  );

  /** Carol is in the game, once, and sees one arena. */
  async function expectCarolOnce(): Promise<void> {
    await demo.untilPlays('Carol');
    const carol = await demo.pane('Carol');
    await eventually(async () => {
      for (const seer of ['Ann', 'Carol'] as const) expect(await demo.namesIn(seer)).toEqual(['Ann', 'Bob', 'Carol']);
      expect(await carol.locator('.game').count()).toBe(1);
    });
  }

  // Two joins of one lobby at once: the second failed, and its player was in a game that he did not see.
  test(
    'a double click joins once',
    async () => {
      const carol = await demo.pane('Carol');
      await carol.click('#leave');
      await carol.dblclick('li:has-text("Ann: 2 of 8 players") >> text=Join');
      await expectCarolOnce();
    },
    PATIENCE_MS,
  );

  test(
    'an invite that is accepted during a join comes after it',
    async () => {
      const carol = await demo.pane('Carol');
      await (await demo.pane('Ann')).click('#invite');
      await demo.machine('Ann').getByRole('button', { name: 'Carol' }).click();
      const accept = demo.machine('Carol').getByRole('button', { name: 'Play' });
      await accept.waitFor();
      await carol.click('#leave');
      await carol.waitForSelector('li:has-text("Ann: 2 of 8 players") >> text=Join');
      const join = carol.locator('li:has-text("Ann: 2 of 8 players") >> text=Join');
      await Promise.all([join, accept].map((button) => button.evaluate((found) => (found as HTMLElement).click())));
      await expectCarolOnce();
      await sleep(1_000); // the second of the two
      await expectCarolOnce();
    },
    PATIENCE_MS,
  );

  test(
    'an invite: chosen in the overlay, accepted in the other',
    async () => {
      await (await demo.pane('Carol')).click('#leave');
      await (await demo.pane('Ann')).click('#invite');
      await demo.machine('Ann').getByRole('button', { name: 'Carol' }).click();
      await demo.machine('Carol').getByText('Ann invites you to play').waitFor();
      await demo.machine('Carol').getByRole('button', { name: 'Play' }).click();
      await demo.untilPlays('Carol');
    },
    PATIENCE_MS,
  );

  // Steam's refusal was in the console only.
  test(
    'an invite that fails says why, and so does one that is accepted without Steam',
    async () => {
      const [ann, carol] = [demo.machine('Ann'), demo.machine('Carol')];
      await (await demo.pane('Carol')).click('#invite');
      await carol.getByRole('button', { name: 'Bob' }).waitFor();
      await (await demo.pane('Carol')).click('#leave');
      await (await demo.pane('Carol')).waitForSelector('#create');
      await carol.getByRole('button', { name: 'Bob' }).click();
      await carol.locator('.failure', { hasText: 'is not in lobby' }).waitFor();
      await carol.getByRole('button', { name: 'Close' }).click();
      expect(await carol.locator('.failure').textContent()).toBe('');

      await (await demo.pane('Ann')).click('#invite');
      await ann.getByRole('button', { name: 'Carol' }).click();
      const accept = carol.getByRole('button', { name: 'Play' });
      await accept.waitFor();
      await demo.press('kill Steam', 'Carol');
      await accept.click();
      await carol.locator('.failure', { hasText: 'has no connection to Steam' }).waitFor();
      await demo.press('restart Steam', 'Carol');
      await (await demo.pane('Carol')).click('li:has-text("Ann: 2 of 8 players") >> text=Join');
      await demo.untilPlays('Carol');
    },
    PATIENCE_MS,
  );

  test(
    '+connect_lobby: a game that does not run is started by an invite, and joins',
    async () => {
      const carol = demo.machine('Carol');
      await carol.getByRole('button', { name: 'Quit' }).click();
      await carol.getByText('the game does not run').waitFor();
      await (await demo.pane('Ann')).click('#invite');
      await demo.machine('Ann').getByRole('button', { name: 'Carol' }).click();
      await carol.getByRole('button', { name: 'Play' }).click();
      await demo.untilPlays('Carol');
    },
    PATIENCE_MS,
  );

  test(
    'a page that is loaded again is not invited again',
    async () => {
      const carol = await demo.pane('Carol');
      await carol.click('#leave');
      await carol.waitForSelector('#create');
      await carol.evaluate(() => location.reload());
      await carol.waitForSelector('li:has-text("Ann: 2 of 8 players")');
      await sleep(1_000); // what it was started with would have been joined
      expect(await carol.isVisible('#create')).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    'who hosts ends the game when he leaves; another one hosts the next, and he joins that',
    async () => {
      const [ann, bob, carol] = [await demo.pane('Ann'), await demo.pane('Bob'), await demo.pane('Carol')];
      await ann.click('#leave');
      await bob.waitForSelector('text=The host has ended the game');
      await bob.click('#create');
      await demo.untilPlays('Bob');
      await carol.click('li:has-text("Bob: 1 of 8 players") >> text=Join');
      await demo.untilPlays('Carol');
      await ann.click('li:has-text("Bob: 2 of 8 players") >> text=Join');
      await demo.untilPlays('Ann');
      await eventually(async () => {
        for (const seer of ['Ann', 'Bob', 'Carol'] as const) expect(await demo.namesIn(seer)).toEqual(['Ann', 'Bob', 'Carol']);
      });
      const before = await demo.placeOf('Ann', 'Bob');
      const way = before.x < 12 ? 'ArrowRight' : 'ArrowLeft';
      await demo.takeKeys('Ann');
      await demo.page.keyboard.down(way);
      await eventually(async () => expect(Math.abs((await demo.placeOf('Ann', 'Bob')).x - before.x)).toBeGreaterThan(2));
      await demo.page.keyboard.up(way);
    },
    PATIENCE_MS,
  );

  test(
    'who hosts ends the game when he quits',
    async () => {
      await demo.machine('Bob').getByRole('button', { name: 'Quit' }).click();
      for (const name of ['Ann', 'Carol'] as const) {
        await (await demo.pane(name)).waitForSelector('text=The host has ended the game');
      }
    },
    PATIENCE_MS,
  );
});
