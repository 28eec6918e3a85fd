import { afterEach, expect, test } from '@jest/globals';
import { describeNative } from '../../transport-steam/test/native/double.ts';
import { Demo, PATIENCE_MS } from './Demo.ts';

let demo: Demo | undefined;
afterEach(() => demo?.kill('SIGKILL'));

describeNative('npm run demo, on steamworks.js', () => {
  test(
    'a whole match: join, play, chat, reconnect, leave',
    async () => {
      demo = new Demo('./onTestDouble.ts');
      const code = await demo.ended;
      demo.expectAllActs();
      expect(code).toBe(0);
      await demo.expectNothingLeft();
    },
    PATIENCE_MS,
  );
});
