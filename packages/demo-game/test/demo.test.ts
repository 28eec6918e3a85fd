import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Demo, PATIENCE_MS } from './Demo.ts';

const source = fileURLToPath(new URL('../src', import.meta.url));

let demo: Demo | undefined;
afterEach(() => demo?.kill('SIGKILL'));

describe('npm run demo -- --headless', () => {
  test(
    'shows all acts, and ends by itself',
    async () => {
      demo = new Demo();
      const code = await demo.ended;
      demo.expectAllActs();
      expect(code).toBe(0);
      expect(demo.pids).toHaveLength(4);
      await demo.expectNothingLeft();
    },
    PATIENCE_MS,
  );

  test(
    'says what went wrong, and ends with 1',
    async () => {
      demo = new Demo();
      await demo.until('Act 3 of 7');
      process.kill(demo.pidOf('Ann'), 'SIGKILL');
      expect(await demo.ended).toBe(1);
      expect(demo.output).toContain('FAILED');
      expect(demo.output).toContain('the process of Ann ended with SIGKILL');
      await demo.expectNothingLeft();
    },
    PATIENCE_MS,
  );

  test(
    'ends everything on Ctrl-C',
    async () => {
      demo = new Demo();
      await demo.until('Act 2 of 7');
      demo.kill('SIGINT');
      expect(await demo.ended).toBe(130);
      expect(demo.output).toContain('Interrupted');
      await demo.expectNothingLeft();
    },
    PATIENCE_MS,
  );
});

test.each([
  [['--help'], 0, /^Usage: npm run demo/],
  [['--fast'], 2, /^Unknown option '--fast'(.*\n)+Usage: npm run demo/],
  [['--port', '65536'], 2, /^--port must be from 0 to 65535, not 65536\n\nUsage: npm run demo/],
])(
  'npm run demo -- %j ends with %i, and says how it is used',
  async (args, code, output) => {
    demo = new Demo(args);
    expect(await demo.ended).toBe(code);
    expect(demo.output).toMatch(output);
  },
  PATIENCE_MS,
);

test('one file of the processes names a transport, and one of the page', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const naming = files.filter((name) =>
    /^import (?!type)[^;]* from '(?:colyseus-transport-steam(?:\/(?:bridge|client|config|config\/client))?|@colyseus\/ws-transport)'/m.test(
      readFileSync(join(source, name), 'utf8'),
    ),
  );
  expect(naming.sort()).toEqual(['page/connect.ts', 'transport.ts']);
});
