import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connectHubControl, type HubControl } from 'colyseus-transport-steam/sim';
import { chromiumProblem } from '../../../transport-steam/test/helpers/chromium.ts';
import { describeNeeding, nativeProblem } from '../../../transport-steam/test/native/double.ts';
import { DemoPage } from './DemoPage.ts';

const PATIENCE_MS = 120_000;

describeNeeding(chromiumProblem() ?? nativeProblem(), 'npm run demo -- --steam, on steamworks.js', () => {
  let steam: HubControl;
  let demo: DemoPage;

  beforeAll(async () => {
    process.env.STEAM_HUB = `demo-steam-${process.pid}`;
    steam = await connectHubControl({ name: process.env.STEAM_HUB });
    demo = await DemoPage.open(['--steam'], './onTestDouble.ts');
  }, PATIENCE_MS);
  afterAll(async () => {
    await demo.close();
    steam.close();
  }, PATIENCE_MS);

  test(
    'one player, who creates a game',
    async () => {
      const pane = await demo.pane('This machine');
      await pane.click('#create');
      await demo.untilPlays('This machine');
      expect(await steam.lobbies.ids()).toHaveLength(1);
    },
    PATIENCE_MS,
  );
});
