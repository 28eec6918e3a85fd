import type { SeenPlayer } from '../stage/words.ts';
import { milliseconds, seconds } from '../view/units.ts';
import { largestDifference } from './agreement.ts';
import type { Company } from './Company.ts';
import type { Cast } from './Show.ts';

export const bill: readonly Pick<Cast, 'name' | 'role'>[] = [
  { name: 'Helen', role: 'host' },
  { name: 'Ann', role: 'player' },
  { name: 'Bob', role: 'player' },
];

/** One way to the host and back, each. Bob lives far away, and his line is not good. */
const lines = {
  Ann: { latencyMs: 20, jitterMs: 4, loss: 0 },
  Bob: { latencyMs: 50, jitterMs: 10, loss: 0.02 },
} as const;

const SAID_WHILE_AWAY = 'can anybody hear me?';
/** Colyseus: left with consent. */
const CONSENTED = 4000;
/** While all stand, a lost packet may hide the last step or two of somebody, not more. Unit: of the arena. */
const STANDING_DIFFERENCE = 1;
/** For the audience. Unit: ms. */
const TO_READ_A_LINE = 1_200;

/** What was shown, for the summary. Times in ms. */
export interface Figures {
  readonly joins: { readonly name: string; readonly afterMs: number; readonly roundTripMs: number }[];
  readonly scores: { readonly name: string; readonly score: number }[];
  /** How far apart the views were when all stood. Unit: of the arena. */
  difference: number;
  /** Bob's cable: when it was pulled, and from then on; `backAfterMs` is from its coming back. */
  readonly outage: { pulledAt: number; noticedAfterMs: number; pulledForMs: number; backAfterMs: number };
}

/** Each begins where the one before it ended, and rejects saying what did not happen as it should. */
const acts: readonly { readonly title: string; perform(company: Company, figures: Figures): Promise<void> }[] = [
  { title: 'Helen opens an arena', perform: helenOpens },
  { title: "Ann joins by Helen's SteamID", perform: (company, figures) => joins(company, 'Ann', figures) },
  { title: "Bob joins by Helen's SteamID", perform: (company, figures) => joins(company, 'Bob', figures) },
  { title: 'They play and chat', perform: theyPlay },
  { title: "Bob's cable is pulled", perform: bobIsUnplugged },
  { title: 'The cable is back', perform: bobComesBack },
  { title: 'All leave', perform: allLeave },
];

export const actCount = acts.length;

/** The whole show. @throws Error (rejects) saying what did not happen as it should. */
export async function perform(company: Company): Promise<Figures> {
  const figures: Figures = {
    joins: [],
    scores: [],
    difference: 0,
    outage: { pulledAt: 0, noticedAfterMs: 0, pulledForMs: 0, backAfterMs: 0 },
  };
  await theyComeOnline(company);
  for (const act of acts) {
    company.show.beginAct(act.title);
    await act.perform(company, figures);
  }
  return figures;
}

async function theyComeOnline(company: Company): Promise<void> {
  const { show, network } = company;
  const { pid } = await network.status();
  show.event(undefined, `process ${pid} simulates Steam: no Steam client runs here`);
  for (const { name } of show.cast) show.event(name, `is process ${company.pidOf(name)}`);
  await company.until('three Steam users', () => show.cast.every(({ steamId }) => steamId !== undefined));
  for (const [name, conditions] of Object.entries(lines)) {
    const [host, player] = [company.steamIdOf('Helen'), company.steamIdOf(name)];
    await network.setConditions(host, player, conditions);
    await network.setConditions(player, host, conditions);
  }
}

async function helenOpens(company: Company): Promise<void> {
  company.show.event('Helen', `hosts as Steam user ${company.steamIdOf('Helen')}; no port is open`);
  company.tell('Helen', { order: 'join', host: company.steamIdOf('Helen') });
  await company.until('Helen plays in her own arena', () => company.last('Helen', 'joined') !== undefined);
  company.show.event('Helen', 'plays, too: her player reaches her server in memory');
  await company.pause(TO_READ_A_LINE);
}

async function joins(company: Company, name: keyof typeof lines, figures: Figures): Promise<void> {
  const { latencyMs, loss } = lines[name];
  const roundTripMs = 2 * latencyMs;
  const losses = loss > 0 ? `, ${loss * 100} % of packets lost` : '';
  company.show.event(name, `is Steam user ${company.steamIdOf(name)}; line: ${milliseconds(roundTripMs)}${losses}`);
  company.tell(name, { order: 'join', host: company.steamIdOf('Helen') });
  await company.until(`${name} joined`, () => company.last(name, 'joined') !== undefined);
  const { afterMs = 0 } = company.last(name, 'joined') ?? {};
  figures.joins.push({ name, afterMs, roundTripMs });
  company.show.event(name, `is in the arena, with the first state after ${milliseconds(afterMs)}`);
  await company.until(`all see ${name}`, () => present(company).every((cast) => seenBy(cast, name) !== undefined));
  const { steamId } = seenBy(company.show.castOf('Helen'), name) ?? {};
  expectSame(`the SteamID of ${name}, as Helen's game has it from Steam`, String(company.steamIdOf(name)), steamId);
  await company.pause(TO_READ_A_LINE);
}

async function theyPlay(company: Company): Promise<void> {
  await say(company, 'Helen', 'welcome to my arena');
  await say(company, 'Ann', 'hi Helen! hi Bob!');
  await say(company, 'Bob', 'so much snow. who aims better?');
  await say(company, 'Ann', 'me!');
  const scores = () => company.show.castOf('Helen').sight?.players.map(({ score }) => score) ?? [];
  await company.until('somebody was hit', () => scores().some((score) => score > 0));
  await company.pause(TO_READ_A_LINE);
}

async function bobIsUnplugged(company: Company, { outage }: Figures): Promise<void> {
  outage.pulledAt = performance.now();
  await company.network.unplug(company.steamIdOf('Bob'));
  await company.until('Bob notices', () => company.last('Bob', 'dropped') !== undefined);
  outage.noticedAfterMs = performance.now() - outage.pulledAt;
  company.show.event('Bob', `lost Helen ${seconds(outage.noticedAfterMs)} after that; Colyseus tries to reconnect`);
  await company.until('Ann sees that Bob is away', () => seenBy(company.show.castOf('Ann'), 'Bob')?.connected === false);
  company.show.event('Ann', 'sees that Bob is away; his seat and his score are kept');
  company.tell('Bob', { order: 'say', text: SAID_WHILE_AWAY });
  company.show.event('Bob', 'says something that nobody can hear yet');
  await company.pause(TO_READ_A_LINE);
}

async function bobComesBack(company: Company, { outage }: Figures): Promise<void> {
  const { score, round } = scoreOfBob(company);
  const pluggedAt = performance.now();
  outage.pulledForMs = pluggedAt - outage.pulledAt;
  await company.network.plug(company.steamIdOf('Bob'));
  await company.until('Bob is back', () => company.last('Bob', 'back') !== undefined);
  outage.backAfterMs = performance.now() - pluggedAt;
  company.show.event('Bob', `is back, ${seconds(outage.backAfterMs)} after the cable`);
  await company.until('all see that Bob is back', () => present(company).every((cast) => seenBy(cast, 'Bob')?.connected));
  expectSame("Bob's seat", company.last('Bob', 'joined')?.sessionId, company.last('Bob', 'back')?.sessionId);
  await company.until('Bob has his score', () => {
    const now = scoreOfBob(company, 'Bob');
    return now.round > round || now.score >= score;
  });
  await company.until('everybody hears what Bob said while he was away', () => company.allHeard(SAID_WHILE_AWAY));
  await say(company, 'Helen', 'now we can. welcome back!');
  await company.pause(TO_READ_A_LINE);
}

async function allLeave(company: Company, figures: Figures): Promise<void> {
  const { show } = company;
  for (const { name } of show.cast) company.tell(name, { order: 'stand' });
  await company.pause(TO_READ_A_LINE);
  const difference = () => largestDifference(show.cast) ?? Number.POSITIVE_INFINITY;
  // Who is thawed, or begins a round, is put elsewhere at once, and the far ones see it a line's delay later.
  await company.until('the three views of who stands where agree', () => difference() <= STANDING_DIFFERENCE);
  figures.difference = difference();
  show.event(undefined, `the three views of who stands where differ by ${figures.difference.toFixed(2)}`);
  for (const { name, score } of show.castOf('Helen').sight?.players ?? []) figures.scores.push({ name, score });

  for (const name of ['Bob', 'Ann', 'Helen']) {
    company.tell(name, { order: 'leave' });
    await company.until(`${name} left`, () => company.last(name, 'left') !== undefined);
    expectSame(`the code with which ${name} left`, CONSENTED, company.last(name, 'left')?.code);
    show.event(name, 'left');
  }
  company.tell('Helen', { order: 'end' });
  await company.ended();
  show.event(undefined, 'all processes have ended by themselves');
}

async function say(company: Company, name: string, text: string): Promise<void> {
  company.tell(name, { order: 'say', text });
  await company.until(`everybody hears ${name}: ${text}`, () => company.allHeard(text));
  await company.pause(TO_READ_A_LINE);
}

/** As one process sees it. */
function scoreOfBob(company: Company, seer = 'Helen'): { readonly score: number; readonly round: number } {
  const cast = company.show.castOf(seer);
  return { score: seenBy(cast, 'Bob')?.score ?? 0, round: cast.sight?.round ?? 0 };
}

function present(company: Company): Cast[] {
  return company.show.cast.filter(({ presence }) => presence === 'here');
}

function seenBy(cast: Cast, name: string): SeenPlayer | undefined {
  return cast.sight?.players.find((player) => player.name === name);
}

function expectSame(what: string, expected: unknown, actual: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, not ${actual}`);
}
