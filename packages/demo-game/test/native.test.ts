import { afterEach, expect, test } from '@jest/globals';
import { describeNative } from '../../transport-steam/test/native/double.ts';
import { Demo, PATIENCE_MS } from './Demo.ts';

let demo: Demo | undefined;
afterEach(() => demo?.kill('SIGKILL'));

describeNative('npm run demo -- --headless, on steamworks.js', () => {
  test(
    'a whole match: join, play, chat, reconnect, leave',
    async () => {
      demo = new Demo(['--headless'], './onTestDouble.ts');
      const code = await demo.ended;
      demo.expectAllActs();
      expect(code).toBe(0);
      await demo.expectNothingLeft();
    },
    PATIENCE_MS,
  );
});

describeNative('npm run demo -- --steam', () => {
  test(
    'without a Steam that runs: says what to do',
    async () => {
      demo = new Demo(['--steam', '--no-open'], './onTestDouble.ts');
      expect(await demo.ended).toBe(1);
      expect(demo.output).toMatch(/Steam did not start: start the Steam client/);
      expect(demo.output).toContain('npx colyseus-transport-steam doctor');
    },
    PATIENCE_MS,
  );
});
