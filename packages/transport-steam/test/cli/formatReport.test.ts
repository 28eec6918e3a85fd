import { expect, test } from '@jest/globals';
import { type Check, reportOf } from '../../src/cli/doctor/Check.ts';
import { formatReport } from '../../src/cli/doctor/formatReport.ts';

const checks: readonly Check[] = [
  { name: 'node', status: 'ok', found: '24.0.0' },
  { name: 'overlay', status: 'warning', found: 'not in the process', advice: 'Start the game from Steam, and look again at it.' },
  { name: 'steam init', status: 'problem', found: 'no start for app 480', advice: 'Start Steam.' },
  { name: 'user', status: 'skipped', found: 'Steam did not start' },
];

test('short aligned lines, advice indented below, and the sum of it', () => {
  expect(formatReport(reportOf(checks), { colours: false, columns: 55 })).toBe(
    [
      'ok       node        24.0.0',
      'warning  overlay     not in the process',
      '                       Start the game from Steam, and',
      '                       look again at it.',
      'problem  steam init  no start for app 480',
      '                       Start Steam.',
      'skipped  user        Steam did not start',
      '',
      '1 problem, 1 warning',
      '',
    ].join('\n'),
  );
});

test.each([
  [['ok'], 'Ready for Steam'],
  [['ok', 'skipped'], 'Ready for Steam'],
  [['ok', 'warning'], 'Ready for Steam, 1 warning'],
  [['problem'], '1 problem'],
  [['problem', 'problem', 'warning', 'warning'], '2 problems, 2 warnings'],
] as const)('%j is "%s"', (statuses, sum) => {
  const report = reportOf(statuses.map((status) => ({ name: 'node', status, found: '' })));
  expect(report.ok).toBe(!sum.includes('problem'));
  expect(formatReport(report, { colours: false, columns: 80 }).trimEnd().split('\n').at(-1)).toBe(sum);
});

test('colours change nothing but the colour', () => {
  const plain = formatReport(reportOf(checks), { colours: false, columns: 80 });
  const coloured = formatReport(reportOf(checks), { colours: true, columns: 80 });
  expect(coloured).toContain('\x1b[31mproblem\x1b[39m  steam init');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are
  expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(plain);
});

test('a path is never broken', () => {
  const path = `/a${'/long path/'.replace(' ', '_').repeat(20)}`;
  const text = formatReport(reportOf([{ name: 'node', status: 'ok', found: `24.0.0 in ${path} it is` }]), {
    colours: false,
    columns: 20,
  });
  expect(text.split('\n').map((line) => line.trim())).toContain(path);
});

test("a user's name cannot write to the terminal as it likes", () => {
  const found = 'Ann\x1b[2J\x1b]0;title\x07\r\nok  user  Bob';
  const text = formatReport(reportOf([{ name: 'user', status: 'ok', found }]), { colours: false, columns: 200 });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those must not be there
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  expect(text.split('\n')).toHaveLength(4);
});
