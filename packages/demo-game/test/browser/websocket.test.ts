import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeBrowser } from '../../../transport-steam/test/helpers/chromium.ts';
import { DemoPage, eventually } from './DemoPage.ts';

const PATIENCE_MS = 120_000;

describeBrowser('npm run demo -- --websocket', () => {
  let demo: DemoPage;

  beforeAll(async () => {
    demo = await DemoPage.open(['--websocket']);
  }, PATIENCE_MS);
  afterAll(() => demo.close(), PATIENCE_MS);

  test(
    'the same game: keys in one pane move the avatar in the other',
    async () => {
      await demo.untilPlays('Ann', 'Bob', 'Carol');
      const before = await demo.placeOf('Ann', 'Bob');
      await demo.takeKeys('Ann');
      await demo.page.keyboard.down('ArrowRight');
      await eventually(async () => expect((await demo.placeOf('Ann', 'Bob')).x).toBeGreaterThan(before.x + 2));
      await demo.page.keyboard.up('ArrowRight');
    },
    PATIENCE_MS,
  );

  test('there is no Steam to look at', async () => {
    expect(await demo.page.isVisible('#network')).toBe(false);
    expect(await (await demo.pane('Ann')).isVisible('#invite')).toBe(false);
  });
});
