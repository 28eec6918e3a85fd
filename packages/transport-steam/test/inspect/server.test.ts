import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Endpoint } from '../../src/index.ts';
import {
  type Inspection,
  type Inspector,
  type InspectorAction,
  type InspectorOptions,
  serveInspector,
} from '../../src/inspect.ts';
import { type LinkConditions, SimulatedSteam } from '../../src/sim.ts';
import { pause, until } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { nextSnapshot, snapshots } from './snapshots.ts';

leaveNoTimers();

const open = new Set<Inspector>();
const steam = new SimulatedSteam({ seed: 1 });

afterEach(async () => {
  for (const inspector of open) await inspector.close();
  open.clear();
});

async function serve(options: Partial<InspectorOptions> = {}): Promise<Inspector> {
  const inspector = await serveInspector({ sources: {}, intervalMs: 50, ...options });
  open.add(inspector);
  return inspector;
}

/** A snapshot of a process that does nothing. */
function inspection(): Inspection {
  return Endpoint.of(steam.user(), { poll: 'manual' }).inspect();
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** As whoever reaches the port can ask, with whatever headers. */
async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> {
  const { method = 'GET', headers = {}, body = '' } = options;
  const asked = request(url, { method, headers, agent: false });
  asked.end(body);
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const part of response) text += part;
  return { status: response.statusCode, headers: response.headers, text };
}

/** As the page posts. */
function post(url: string, name: string, content: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const body = typeof content === 'string' ? content : JSON.stringify(content);
  const own = { origin: new URL(url).origin, 'content-type': 'application/json' };
  return ask(`${url}${name}`, { method: 'POST', headers: { ...own, ...headers }, body });
}

describe('who may read', () => {
  test('whoever has the URL, and nobody else', async () => {
    const { url } = await serve();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
    expect(await ask(url)).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const { origin, pathname } = new URL(url);
    const other = pathname.replace(/[0-9a-f]/, (digit) => (digit === '0' ? '1' : '0'));
    const paths = [
      '/',
      '/stream',
      '/main.js',
      '/index.html',
      other,
      `${other}stream`,
      `${pathname}../stream`,
      `${pathname}main.ts/`,
    ];
    for (const path of [...paths, `${pathname}..%2fpackage.json`, `${pathname}constructor`, `${pathname}__proto__`]) {
      expect([path, (await ask(`${origin}${path}`)).status]).toEqual([path, 404]);
    }
    expect((await serve()).url.slice(-33)).not.toBe(url.slice(-33));
  });

  test('not by a name that was made to lead here, nor from another origin', async () => {
    const { url } = await serve();
    const { port } = new URL(url);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1', `127.0.0.1.evil.example:${port}`]) {
      expect([host, (await ask(url, { headers: { host } })).status]).toEqual([host, 403]);
      expect((await ask(`${url}stream`, { headers: { host } })).status).toBe(403);
    }
    const { status, headers } = await ask(url, { headers: { host: `localhost:${port}`, origin: 'http://evil.example' } });
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    // Nor over the network: it is bound to 127.0.0.1.
    const outside = connect(Number(port), '127.0.0.2');
    expect((await once(outside, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('all that the page needs comes from it, in less than 100 kB compressed', async () => {
    const { url } = await serve();
    const fetched = new Map<string, string>();
    const wanted = new Set(['']);
    for (const name of wanted) {
      const { status, text } = await ask(`${url}${name}`);
      expect([name, status]).toEqual([name, 200]);
      fetched.set(name, text);
      for (const [, found] of text.matchAll(/(?:src|href)="([^":]+)"|from '\.\/([^']+)'/g)) if (found) wanted.add(found);
      for (const [, found] of text.matchAll(/from ['"]\.\/([^'"]+)['"]/g)) wanted.add(found as string);
    }
    expect([...fetched.keys()]).toEqual(expect.arrayContaining(['main.js', 'style.css', 'uPlot.js', 'uPlot.css']));
    expect(fetched.size).toBeGreaterThan(10);
    const bytes = [...fetched.values()].reduce((sum, text) => sum + gzipSync(text).length, 0);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(100_000);
  });
});

describe('the stream', () => {
  test('has all sources, and the events only when there is another one', async () => {
    const endpoint = Endpoint.of(steam.user({ personaName: 'Ann' }), { poll: 'manual' });
    const ben = inspection();
    const sources: Record<string, InspectorOptions['sources'][string]> = { ann: () => endpoint.inspect(), ben: async () => ben };
    const { url } = await serve({ title: 'A game', sources });
    const seen: unknown[] = [];
    for await (const { sources: shown, ...rest } of snapshots(url)) {
      seen.push(shown.map((source) => ('inspection' in source ? [source.name, source.inspection.events?.length] : source)));
      if (seen.length === 1)
        expect(rest).toEqual({ title: 'A game', at: expect.any(Number), actions: [], network: null, fault: null });
      if (seen.length === 2) endpoint.log.add('steam-lost');
      if (seen.length === 4) delete sources.ben;
      if (seen.length >= 7) break;
    }
    expect(seen.slice(0, 2)).toEqual([
      [
        ['ann', 0],
        ['ben', 0],
      ],
      [
        ['ann', undefined],
        ['ben', undefined],
      ],
    ]);
    expect(seen.map((sources) => (sources as unknown[][])[0]?.[1]).filter((count) => count === 1)).toHaveLength(1);
    expect(seen.at(-1)).toEqual([['ann', undefined]]);
  });

  test('shows what is wrong with a source in its place, and the others all the same', async () => {
    const sources = {
      good: inspection,
      throws: () => {
        throw new Error('no such process');
      },
      rejects: () => Promise.reject(new Error('it is gone')),
      nonsense: () => 7 as unknown as Inspection,
      nothing: () => undefined as unknown as Inspection,
      raw: () => ({ ...inspection(), lobby: { state: 'joined' as const, members: [], data: { key: 1n as unknown as string } } }),
      lacking: () => ({ ...inspection(), strangers: undefined as unknown as Inspection['strangers'] }),
      empty: () => ({ ...inspection(), peers: [{} as Inspection['peers'][number]] }),
      hole: () => ({ ...inspection(), peers: [null as unknown as Inspection['peers'][number]] }),
      wrong: () => ({ ...inspection(), events: {} as Inspection['events'] }),
      lobby: () => ({ ...inspection(), lobby: { state: 'joined' } as unknown as NonNullable<Inspection['lobby']> }),
    };
    const { url } = await serve({ sources });
    expect((await nextSnapshot(url)).sources).toEqual([
      { name: 'good', inspection: expect.objectContaining({ steam: 'idle' }) },
      { name: 'throws', error: 'no such process' },
      { name: 'rejects', error: 'it is gone' },
      { name: 'nonsense', error: 'gave 7, and not what inspect() returns' },
      { name: 'nothing', error: 'gave undefined, and not what inspect() returns' },
      { name: 'raw', error: expect.stringContaining('BigInt') },
      { name: 'lacking', error: 'gave no snapshot of inspect(): strangers must be of type object, not undefined' },
      { name: 'empty', error: 'gave no snapshot of inspect(): peers[0].peer must be of type string, not undefined' },
      { name: 'hole', error: 'gave no snapshot of inspect(): peers[0].peer must be of type string, not undefined' },
      { name: 'wrong', error: 'gave no snapshot of inspect(): events must be of type array, not [object Object]' },
      { name: 'lobby', error: 'gave no snapshot of inspect(): lobby.members must be of type array, not undefined' },
    ]);
  });

  test('does not wait for a source that does not answer, and does not ask it again before it has', async () => {
    let asked = 0;
    let answer: (inspection: Inspection) => void = () => undefined;
    const silent = () => {
      asked++;
      return new Promise<Inspection>((resolve) => {
        answer = resolve;
      });
    };
    const { url } = await serve({ sources: { silent, good: inspection } });
    let count = 0;
    for await (const { sources } of snapshots(url)) {
      expect(sources[0]).toEqual({ name: 'silent', error: expect.stringMatching(/^has not answered for (more than )?1000 ms$/) });
      if (++count >= 5) break;
    }
    expect(asked).toBe(1);
    answer(inspection());
    await Promise.resolve();
    void nextSnapshot(url).catch(() => undefined);
    await until(() => asked === 2, 'it is asked again');
    answer(inspection());
  });

  test('asks nothing while nobody looks, and takes 16 pages at most', async () => {
    let asked = 0;
    const source = () => {
      asked++;
      return inspection();
    };
    const { url } = await serve({ sources: { source } });
    const streams = Array.from({ length: 16 }, () => snapshots(url));
    for (const stream of streams) await stream.next();
    expect(await ask(`${url}stream`)).toMatchObject({ status: 503 });
    // One question serves all pages.
    expect(asked).toBeLessThan(60);
    for (const stream of streams) await stream.return(undefined);
    await pause(200);
    const before = asked;
    await pause(300);
    expect(asked).toBe(before);
    expect((await nextSnapshot(url)).sources).toHaveLength(1);
  });

  test('one that does not read is let go', async () => {
    let asked = 0;
    const source = () => {
      asked++;
      return { ...inspection(), personaName: 'x'.repeat(2_000_000) };
    };
    const { url } = await serve({ sources: { source } });
    const { host, pathname, port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1').pause();
    socket.write(`GET ${pathname}stream HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await until(() => asked > 2, 'it looks');
    // Nobody looks any more: nothing is asked.
    let [before, since] = [asked, performance.now()];
    await until(() => {
      if (asked !== before) [before, since] = [asked, performance.now()];
      return performance.now() - since > 500;
    }, 'it is let go');
    expect(asked).toBeLessThan(30);
    socket.destroy();
    expect((await nextSnapshot(url)).sources).toHaveLength(1);
  });

  test('ends with the inspector, which lets its port go', async () => {
    const { url, close } = await serve({ sources: { source: inspection } });
    const stream = snapshots(url);
    await stream.next();
    await Promise.all([close(), close()]);
    await expect(stream.next().then(() => stream.next())).rejects.toThrow();
    await expect(ask(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const again = await serve({ port: Number(new URL(url).port) });
    expect(new URL(again.url).port).toBe(new URL(url).port);
    await expect(serve({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('a button', () => {
  test('runs its action: by name, and beside its source', async () => {
    const ran: string[] = [];
    const actions: InspectorAction[] = [
      { name: 'unplug', source: 'ann', run: () => void ran.push('ann') },
      { name: 'unplug', source: 'ben', run: async () => void ran.push('ben') },
      { name: 'flood', run: () => 'sent 1000 packets' },
    ];
    const { url } = await serve({ actions });
    expect((await nextSnapshot(url)).actions).toEqual([
      { name: 'unplug', source: 'ann' },
      { name: 'unplug', source: 'ben' },
      { name: 'flood', source: null },
    ]);
    expect(await post(url, 'action', { name: 'unplug', source: 'ben' })).toMatchObject({ status: 200, text: '{}' });
    expect(await post(url, 'action', { name: 'flood', source: null })).toMatchObject({
      status: 200,
      text: '{"text":"sent 1000 packets"}',
    });
    expect(ran).toEqual(['ben']);
    expect((await post(url, 'action', { name: 'unplug', source: null })).status).toBe(404);
    actions.shift();
    expect(await post(url, 'action', { name: 'unplug', source: 'ann' })).toMatchObject({
      status: 404,
      text: '{"error":"there is no action \\"unplug\\" here"}',
    });
  });

  // What is no action, in the array that the game may change, ended its process while a page looked.
  test('that is none is told, and neither the others nor the stream end with it', async () => {
    const actions: InspectorAction[] = [{ name: 'count', run: () => '3 packets' }];
    const { url } = await serve({ actions });
    const stream = snapshots(url);
    const next = async () => (await stream.next()).value;
    expect(await next()).toMatchObject({ fault: null });
    const broken = [undefined, { run: () => 1 }, { name: 7n, run: () => 1 }, { name: 'x', source: 1n, run: () => 1 }];
    for (const action of broken) {
      actions.unshift(action as unknown as InspectorAction);
      // The one before may be under way.
      await next();
      const { fault, actions: shown } = (await next()) ?? {};
      expect(fault).toMatch(/^option actions: /);
      expect(shown).toEqual([{ name: 'count', source: null }]);
      expect((await post(url, 'action', { name: 'count', source: null })).text).toBe('{"text":"3 packets"}');
      actions.shift();
    }
    await next();
    expect(await next()).toMatchObject({ fault: null, actions: [{ name: 'count', source: null }] });
    await stream.return(undefined);
  });

  // Whatever else goes wrong while a snapshot is made is told as well, and the next one comes.
  test('nor does it end with sources that cannot be listed', async () => {
    let isBroken = false;
    const sources = new Proxy(
      {},
      {
        ownKeys() {
          if (isBroken) throw new Error('no list of sources');
          return [];
        },
      },
    );
    const { url } = await serve({ sources });
    const stream = snapshots(url);
    const faults: unknown[] = [];
    for await (const { fault } of stream) {
      if (faults.at(-1) !== fault) faults.push(fault);
      if (faults.length === 3) break;
      isBroken = faults.length === 1;
    }
    expect(faults).toEqual([null, 'no list of sources', null]);
  });

  test('says what went wrong', async () => {
    const long = 'x'.repeat(10_000);
    const fails = [
      () => Promise.reject(new Error('nobody is unplugged')),
      () => Promise.reject('words'),
      () => long,
      () => Promise.reject(long),
    ];
    const actions = fails.map((run, at) => ({ name: String(at), run }));
    const { url } = await serve({ actions });
    expect((await post(url, 'action', { name: '0', source: null })).text).toBe('{"error":"nobody is unplugged"}');
    expect((await post(url, 'action', { name: '1', source: null })).text).toBe('{"error":"words"}');
    expect(JSON.parse((await post(url, 'action', { name: '2', source: null })).text).text).toBe(long.slice(0, 2_000));
    expect(JSON.parse((await post(url, 'action', { name: '3', source: null })).text).error).toBe(long.slice(0, 2_000));
  });

  test('is pressed by the page itself only', async () => {
    const ran: string[] = [];
    const { url } = await serve({ actions: [{ name: 'kill', run: () => void ran.push('kill') }] });
    const kill = { name: 'kill', source: null };
    const { origin, port } = new URL(url);
    for (const other of ['http://evil.example', 'null', `http://127.0.0.1:${Number(port) + 1}`, `https://127.0.0.1:${port}`]) {
      expect([other, (await post(url, 'action', kill, { origin: other })).status]).toEqual([other, 403]);
    }
    expect(
      (await post(url, 'action', kill, { host: `evil.example:${port}`, origin: `http://evil.example:${port}` })).status,
    ).toBe(403);
    const body = JSON.stringify(kill);
    const json = { 'content-type': 'application/json' };
    // No origin, a form's type, no secret, another method.
    expect((await ask(`${url}action`, { method: 'POST', headers: json, body })).status).toBe(403);
    expect((await post(url, 'action', kill, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(`${origin}/`, 'action', kill)).status).toBe(404);
    expect((await ask(`${url}action`, { method: 'PUT', headers: { ...json, origin }, body })).status).toBe(405);
    expect((await ask(`${url}action`)).status).toBe(404);
    for (const broken of ['', '{', '7', 'null', '"kill"']) expect((await post(url, 'action', broken)).status).toBe(400);
    expect((await post(url, 'action', { ...kill, rest: 'x'.repeat(5_000) })).status).toBe(413);
    for (const name of ['constructor', '__proto__', 'network']) expect((await post(url, name, kill)).status).toBe(404);
    expect(ran).toEqual([]);
    expect((await post(url, 'action', kill)).status).toBe(200);
    expect(ran).toEqual(['kill']);
  });

  test('a body that does not end is not kept', async () => {
    const { url } = await serve();
    const { host, pathname, port, origin } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    const headers = `Host: ${host}\r\nOrigin: ${origin}\r\nContent-Type: application/json\r\nContent-Length: 1000000000`;
    socket.write(`POST ${pathname}action HTTP/1.1\r\n${headers}\r\n\r\n${'x'.repeat(10_000)}`);
    let text = '';
    for await (const part of socket) text += part;
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('the sliders', () => {
  test('set the network at once, and leave what they do not have', async () => {
    const set: LinkConditions[] = [];
    const network = { setConditions: (conditions: LinkConditions) => void set.push(conditions) };
    const { url } = await serve({ network, conditions: { latencyMs: 50, reorder: 0.1, bandwidthBitsPerSecond: 1_000_000 } });
    expect(set).toEqual([expect.objectContaining({ latencyMs: 50, reorder: 0.1, bandwidthBitsPerSecond: 1_000_000 })]);
    const before = { latencyMs: 50, jitterMs: 0, loss: 0, bandwidthBitsPerSecond: 1_000_000 };
    expect((await nextSnapshot(url)).network).toEqual(before);
    const wanted = { latencyMs: 120, jitterMs: 10, loss: 0.05, bandwidthBitsPerSecond: null };
    expect((await post(url, 'network', wanted)).text).toBe('{}');
    expect(set[1]).toMatchObject({ ...wanted, reorder: 0.1, bandwidthBitsPerSecond: Number.POSITIVE_INFINITY });
    expect((await nextSnapshot(url)).network).toEqual(wanted);
    for (const bad of [{ loss: 2 }, { latencyMs: '9' }, { jitterMs: -1 }, { bandwidthBitsPerSecond: 0 }]) {
      expect((await post(url, 'network', { ...wanted, ...bad })).text).toMatch(/^\{"error":"\w+ is .* but must be a number/);
    }
    expect(set).toHaveLength(2);
    expect((await nextSnapshot(url)).network).toEqual(wanted);
  });

  test('nothing is set before one moves, and what the network does not take is said', async () => {
    const set: LinkConditions[] = [];
    const network = {
      setConditions: async (conditions: LinkConditions) => {
        set.push(conditions);
        throw new Error('the hub is gone');
      },
    };
    const { url } = await serve({ network });
    await nextSnapshot(url);
    expect(set).toEqual([]);
    expect((await post(url, 'network', { loss: 0.1 })).text).toBe('{"error":"the hub is gone"}');
    expect((await nextSnapshot(url)).network).toMatchObject({ loss: 0 });
    await expect(serve({ network, conditions: { loss: 0.1 } })).rejects.toThrow('the hub is gone');
  });
});

describe('options that are none', () => {
  const sources = {};
  test.each<[unknown, string]>([
    [undefined, 'serveInspector() needs options, at least { sources }, not undefined'],
    [{}, 'option sources must be an object of functions, not undefined'],
    [{ sources: { host: 7 } }, 'option sources: host must be a function, not 7'],
    [
      { sources, host: 1 },
      'unknown option host; the options of serveInspector are sources, network, conditions, actions, title, port',
    ],
    [{ sources, network: {} }, 'option network must have setConditions(), as HubControl has, not [object Object]'],
    [{ sources, conditions: {} }, 'option conditions is for a simulated network: it needs option network'],
    [{ sources, actions: {} }, 'option actions must be an array, not [object Object]'],
    [{ sources, actions: [{ name: 'x' }] }, 'option actions: each must be { name, run }, with a string and a function, unlike'],
    [{ sources, title: 7 }, 'option title must be a string, not 7'],
    [{ sources, port: '80' }, 'option port must be a number, not "80"'],
    [{ sources, port: 65_536 }, 'option port must be a whole number from 0 to 65535, not 65536'],
    [{ sources, intervalMs: 1 }, 'option intervalMs must be a whole number from 50 to 10000, not 1'],
    [{ sources, network: { setConditions() {} }, conditions: { loss: 2 } }, 'loss is 2, but must be a number from 0 to 1'],
  ])('%j', async (options, message) => {
    await expect(serveInspector(options as InspectorOptions)).rejects.toThrow(message);
  });
});
