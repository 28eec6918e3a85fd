import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeBrowser } from '../../../transport-steam/test/helpers/chromium.ts';
import type { GameView } from '../../src/page/game/playInPage.ts';
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
    'keys in one pane move the avatar in the other',
    async () => {
      const before = await demo.placeOf('Ann', 'Bob');
      await demo.takeKeys('Ann');
      await demo.page.keyboard.down('ArrowRight');
      await eventually(async () => expect((await demo.placeOf('Ann', 'Bob')).x).toBeGreaterThan(before.x + 2));
      await demo.page.keyboard.up('ArrowRight');
    },
    PATIENCE_MS,
  );

  test(
    'who points at an arena has its keys, and its bot rests',
    async () => {
      const bob = await demo.pane('Bob');
      expect(await bob.isChecked('#bot')).toBe(true);
      await demo.takeKeys('Bob');
      expect(await bob.isChecked('#bot')).toBe(false);
      await bob.check('#bot');
    },
    PATIENCE_MS,
  );

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
      await sleep(2_000); // the charts are drawn anew
      const place = process.env.UPDATE_SCREENSHOT ? SCREENSHOT : join(tmpdir(), `demo-${process.pid}.png`);
      await demo.page.screenshot({ path: place });
      if (place !== SCREENSHOT) rmSync(place);
      expect(statSync(SCREENSHOT).size).toBeLessThan(300_000);
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
      await demo.press('full');
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
      await demo.press('flood');
      await (await demo.network()).waitForSelector('text=/Mallory said .* was sent away with 1008/');
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
    'who hosts ends the game when he leaves, and another one hosts the next',
    async () => {
      const [bob, carol] = [await demo.pane('Bob'), await demo.pane('Carol')];
      await (await demo.pane('Ann')).click('#leave');
      await bob.waitForSelector('text=The host has ended the game');
      await bob.click('#create');
      await demo.untilPlays('Bob');
      await carol.click('li:has-text("Bob: 1 of 8 players") >> text=Join');
      await demo.untilPlays('Carol');
      expect(await demo.namesIn('Bob')).toEqual(['Bob', 'Carol']);
    },
    PATIENCE_MS,
  );
});
