import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { connectToHub, SimulatedSteam, type SimulatedSteamOptions } from '../../src/sim.ts';
import { groups, type ObservedSteam, observe } from '../compliance/parity.ts';
import { describeNative } from './double.ts';
import { remoteAddonSuite } from './remoteAddonSuite.ts';

jest.setTimeout(60_000);

const HEADING = '## The simulated Steam beside the addon';
/** A cell that says the same as the one of the simulated Steam. */
const SAME = 'same';

/** What was seen of a behaviour, in the order of the columns. */
interface Row {
  readonly name: string;
  readonly simulated: string;
  readonly hub: string;
  readonly addon: string;
}

const documented = readSection(readFileSync(new URL('../../STEAM.md', import.meta.url), 'utf8'));
const seen: Row[] = [];

describeNative('The simulated Steam beside the addon', () => {
  describe.each(groups)('$name sessions', ({ name: group, rules, behaviours }) => {
    const hub = { name: `parity-${group}-${process.pid}`, steam: rules };
    const suite = remoteAddonSuite({ hub, atOnce: 3 });

    const onHub = (): Pick<ObservedSteam, 'settle' | 'now' | 'loseSteam' | 'restoreSteam'> => ({
      settle: (ms) => sleep(ms),
      now: () => performance.now(),
      loseSteam: (user) => suite().control.loseSteam(user),
      restoreSteam: (user) => suite().control.restoreSteam(user),
    });

    const hubSteam = (): ObservedSteam => ({ ...onHub(), user: () => connectToHub(hub), close: async () => {} });

    const addonSteam = (): ObservedSteam => ({
      ...onHub(),
      user: async () => suite().users.take(),
      injectEmptyPacket: (from, to) => suite().injectEmptyPacket(from, to),
      close: () => suite().users.release(),
    });

    test.each(Object.entries(behaviours))('%s', async (name, behaviour) => {
      await suite().users.fill();
      // All at once: most of it is waiting.
      const steams = [simulatedSteam(rules), hubSteam(), addonSteam()];
      const [simulated, hub, addon] = (await Promise.allSettled(steams.map((steam) => observe(behaviour, steam)))).map(textOf);
      const row = { name, simulated, hub, addon } as Row;
      seen.push(row);
      expect(row).toEqual(documented.rows.find((documented) => documented.name === name));
    });
  });

  test('STEAM.md has these behaviours in this order, and a reason for each difference', () => {
    const different = seen.filter(({ simulated, hub, addon }) => hub !== simulated || addon !== simulated);
    const isSame = JSON.stringify(documented.rows) === JSON.stringify(seen);
    const isExplained = JSON.stringify([...documented.reasons.keys()]) === JSON.stringify(different.map(({ name }) => name));
    if (isSame && isExplained) return;
    const reasons = different.map(({ name }) => `- **${name}**: ${documented.reasons.get(name) ?? ''}`);
    throw new Error(`the section in STEAM.md should be:\n\n${[...table(seen), '', ...reasons].join('\n')}\n`);
  });
});

/** That it cannot be played is seen, too. */
function textOf(outcome: PromiseSettledResult<string>): string {
  return outcome.status === 'fulfilled' ? outcome.value : `cannot be played: ${(outcome.reason as Error).message}`;
}

function simulatedSteam(rules: SimulatedSteamOptions): ObservedSteam {
  const steam = new SimulatedSteam(rules);
  return {
    user: async () => steam.user(),
    settle: async (ms) => steam.advance(ms),
    now: () => steam.now,
    injectEmptyPacket: async (from, to) => steam.inject(from, to, new Uint8Array(0)),
    loseSteam: async (user) => steam.loseSteam(user),
    restoreSteam: async (user) => steam.restoreSteam(user),
    close: async () => steam.close(),
  };
}

/** The rows of the table, and by the same names the reasons below it. */
function readSection(document: string): { rows: Row[]; reasons: Map<string, string> } {
  const section = document.split(`\n${HEADING}\n`)[1]?.split('\n## ')[0] ?? '';
  const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
  return {
    rows: rows.map((line) => {
      const [name = '', simulated = '', hub = '', addon = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      return { name, simulated, hub: hub === SAME ? simulated : hub, addon: addon === SAME ? simulated : addon };
    }),
    reasons: new Map(
      [...section.matchAll(/^- \*\*(.+?)\*\*: (\S.*(?:\n {2}.*)*)/gm)].map(([, name, reason]) => [name!, reason!]),
    ),
  };
}

function table(rows: readonly Row[]): string[] {
  return [
    '| behaviour | simulated | hub | steamworks.js on the test double |',
    '|---|---|---|---|',
    ...rows.map(({ name, simulated, hub, addon }) => {
      const others = [hub, addon].map((text) => (text === simulated ? SAME : text));
      return `| ${[name, simulated, ...others].join(' | ')} |`;
    }),
  ];
}
