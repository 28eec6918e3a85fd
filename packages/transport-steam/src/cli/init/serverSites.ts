import type { Edit } from './edits.ts';
import { moved } from './importEdits.ts';
import type { ImportedName, Meaning, Names } from './Names.ts';
import { prependProperty } from './objectEdits.ts';
import { bare, keysOf, returnedBy, short, valueIn } from './reading.ts';
import { byHand, done, type Site } from './Site.ts';
import {
  type CallExpression,
  endOf,
  keyOf,
  lineOf,
  type NewExpression,
  type Node,
  type ObjectExpression,
  type Property,
  type Source,
  startOf,
  textOf,
  walk,
} from './syntax.ts';
import { isOurs, localName, ours } from './target.ts';

type Verdict = Site['verdict'];

/** The package `colyseus` has all of the others. */
const SERVER_MODULES = ['colyseus', '@colyseus/core'];
const WEBSOCKET_MODULES = ['colyseus', '@colyseus/ws-transport'];
/** Their default is the function that makes a configuration; the second is the older name. */
const CONFIG_MODULES = ['@colyseus/tools', '@colyseus/arena'];
const OTHER_TRANSPORTS = ['@colyseus/uwebsockets-transport', '@colyseus/bun-websockets', '@colyseus/h3-transport'];

/** What `new Server()` and `defineServer()` take that is not for the transport. */
const SERVER_OPTIONS = [
  ...[
    'transport',
    'server',
    'rooms',
    'routes',
    'publicAddress',
    'presence',
    'driver',
    'gracefullyShutdown',
    'logger',
    'beforeListen',
  ],
  ...['database', 'auth', 'express', 'selectProcessIdToCreateRoom', 'isStandaloneMatchMaker', 'devMode', 'greet'],
];

/** All places of a file that make a Colyseus server. */
export function serverSites(source: Source, names: Names): Site[] {
  const sites: Site[] = [];
  const add = (node: Node, verdict: Verdict): void => {
    sites.push({ side: 'server', line: lineOf(source.text, startOf(node)), verdict });
  };
  walk(source.tree.program, (node) => {
    if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return;
    const call = node as unknown as NewExpression | CallExpression;
    const way = wayOf(call, names);
    if (way !== undefined) add(node, new ServerSite(source, names, call, way).verdict());
    else if (isUnresolvedServer(source, names, call))
      add(
        node,
        byHand(`where ${textOf(source, call.callee)} comes from is not to be seen at the top of the file`, ...WRITE_TRANSPORT),
      );
  });
  return sites;
}

type Way = 'server' | 'config';

function wayOf(call: NewExpression | CallExpression, names: Names): Way | undefined {
  const meaning = names.meaningOf(call.callee);
  if (meaning === undefined) return undefined;
  const { module, name } = meaning;
  const wanted = call.type === 'NewExpression' ? 'Server' : 'defineServer';
  if (SERVER_MODULES.includes(module) && name === wanted) return 'server';
  return CONFIG_MODULES.includes(module) && call.type === 'CallExpression' && (name === 'default' || name === '*')
    ? 'config'
    : undefined;
}

function isUnresolvedServer({ text }: Source, names: Names, { type, callee }: NewExpression | CallExpression): boolean {
  if (callee.type !== 'Identifier' || names.importOf(callee.name) !== undefined) return false;
  const isNamedSo = callee.name === (type === 'NewExpression' ? 'Server' : 'defineServer');
  return isNamedSo && /['"](?:colyseus|@colyseus\/core)['"]/.test(text);
}

const WRITE_IMPORT = `import { createTransport } from '${ours.createTransport.module}';`;
const WRITE_TRANSPORT = [WRITE_IMPORT, 'transport: createTransport(),'];
const WRITE_WEBSOCKET = [WRITE_IMPORT, 'transport: createTransport({ server, websocket: { /* its other options */ } }),'];
const WRITE_CONFIG = [WRITE_IMPORT, 'initializeTransport: (options) => createTransport(options),'];

/** One server of a game. */
class ServerSite {
  readonly #source: Source;
  readonly #names: Names;
  readonly #call: NewExpression | CallExpression;
  readonly #way: Way;

  constructor(source: Source, names: Names, call: NewExpression | CallExpression, way: Way) {
    this.#source = source;
    this.#names = names;
    this.#call = call;
    this.#way = way;
  }

  verdict(): Verdict {
    const { callee, arguments: args } = this.#call;
    const root = this.#names.rootOf(callee);
    if (this.#names.isAmbiguous(root)) return byHand(`${root} means more than one thing in this file`, ...this.#advice());
    const [options] = args;
    if (options === undefined) return this.#withoutOptions();
    if (options.type === 'ObjectExpression') return this.#withOptions(options);
    return byHand(`its options, ${short(textOf(this.#source, options))}, are not written here`, ...this.#advice());
  }

  #advice(): readonly string[] {
    return this.#way === 'config' ? WRITE_CONFIG : WRITE_TRANSPORT;
  }

  #withoutOptions(): Verdict {
    if (this.#way === 'config') return byHand('it has no options', ...WRITE_CONFIG);
    const at = endOf(this.#call);
    const hasParentheses = this.#source.text[at - 1] === ')';
    return this.#creating((create) => {
      const options = `{ transport: ${create}() }`;
      return hasParentheses ? { start: at - 1, end: at - 1, text: options } : { start: at, end: at, text: `(${options})` };
    });
  }

  #withOptions(options: ObjectExpression): Verdict {
    const name = this.#way === 'config' ? 'initializeTransport' : 'transport';
    const { properties } = options;
    const given = properties.findLast((property) => keyOf(property) === name);
    // What comes behind it, and cannot be read off, may take its place.
    const behind = given === undefined ? properties : properties.slice(properties.indexOf(given) + 1);
    const unread = behind.find((property) => !keysOf(property)?.every((key) => key !== name));
    if (unread !== undefined) {
      return byHand(`${short(textOf(this.#source, unread))} may have a ${name} in it, too`, ...this.#advice());
    }
    if (given !== undefined) return this.#way === 'config' ? this.#initialized(given) : this.#transport(valueIn(given));
    if (this.#way === 'config') {
      return this.#creating((create) => prependProperty(this.#source, options, `${name}: (options) => ${create}(options)`));
    }
    const unknown = properties.flatMap((property) => keysOf(property) ?? []).find((key) => !SERVER_OPTIONS.includes(key));
    if (unknown !== undefined) return byHand(`${unknown} is an option of WebSocketTransport, or unknown`, ...WRITE_WEBSOCKET);
    const server = properties.find((property) => keysOf(property)?.includes('server'));
    if (server?.type === 'SpreadElement') {
      return byHand(
        `${short(textOf(this.#source, server))} may have a server in it, which is the transport's`,
        ...this.#advice(),
      );
    }
    if (server === undefined) return this.#creating((create) => prependProperty(this.#source, options, `${name}: ${create}()`));
    return this.#creating((create) => [
      { start: startOf(server), end: startOf(server), text: `${name}: ${create}({ ` },
      { start: endOf(server), end: endOf(server), text: ' })' },
    ]);
  }

  /** The transport, as a value. */
  #transport(value: Node | undefined): Verdict {
    const inner = value === undefined ? undefined : bare(value);
    if (inner?.type === 'Identifier') {
      const { name } = inner as Node & { name: string };
      const constant = this.#names.constant(name);
      if (constant !== undefined && bare(constant).type !== 'Identifier') return this.#transport(constant);
      const from = this.#names.importOf(name);
      const where = from === undefined ? 'is no one constant of this file' : `comes from ${from.module}`;
      return byHand(`its transport, ${name}, ${where}`, ...this.#advice());
    }
    if (inner?.type !== 'NewExpression' && inner?.type !== 'CallExpression') {
      const what = inner === undefined ? 'a function of another form' : short(textOf(this.#source, inner));
      return byHand(`its transport, ${what}, is no new WebSocketTransport()`, ...this.#advice());
    }
    const call = inner as unknown as NewExpression | CallExpression;
    const meaning = this.#names.meaningOf(call.callee);
    if (isOurs(meaning)) return done;
    if (call.type === 'NewExpression' && isWebSocket(meaning)) return this.#webSocket(call);
    const name = textOf(this.#source, call.callee);
    if (meaning !== undefined && OTHER_TRANSPORTS.includes(meaning.module)) {
      return byHand(`its transport is ${name}; createTransport() has WebSocketTransport in its place`, ...this.#advice());
    }
    return byHand(`its transport, ${short(textOf(this.#source, call))}, is no new WebSocketTransport()`, ...this.#advice());
  }

  /** Its options are those of ours, too: its name stays, and comes from us. */
  #webSocket(call: NewExpression): Verdict {
    const root = this.#names.rootOf(call.callee);
    const imported = this.#names.importOf(root) as ImportedName;
    if (this.#names.isAmbiguous(root)) return byHand(`${root} means more than one thing in this file`, ...this.#advice());
    const to = ours.webSocketTransport;
    const place = { start: startOf(call.callee), end: endOf(call.callee) };
    if (call.callee.type === 'Identifier') {
      const isUsedOtherwise = this.#names.isUsedOutside(imported, [place], { types: false });
      const move = isUsedOtherwise ? undefined : moved(imported, to, []);
      if (move !== undefined) return { kind: 'change', ...move };
      return byHand(`the import of ${root} is for other code of this file, too`, ...this.#advice());
    }
    const local = localName(this.#names, to);
    if (local === undefined) return byHand(`${to.name} is another one in this file`, ...this.#advice());
    const imports = { wanted: { ...to, local }, replaced: imported, places: [place] };
    return { kind: 'change', edits: [{ ...place, text: local }], imports };
  }

  /** What `initializeTransport` returns. */
  #initialized(property: Property): Verdict {
    const made = property.type === 'ObjectMethod' ? property : bare(valueIn(property) ?? property);
    const { params, body } = made as unknown as { params?: Node[]; body?: Node };
    if (params === undefined || body === undefined)
      return byHand('its initializeTransport is no function that is written here', ...WRITE_CONFIG);
    return this.#transport(returnedBy(body));
  }

  /** Edits that call `createTransport`, by the name that this file has for it. */
  #creating(edit: (create: string) => Edit | Edit[]): Verdict {
    const wanted = ours.createTransport;
    const local = localName(this.#names, wanted);
    if (local === undefined) return byHand(`${wanted.name} is something else in this file`, ...this.#advice());
    const replaced = this.#names.importOf(this.#names.rootOf(this.#call.callee)) as ImportedName;
    return { kind: 'change', edits: [edit(local)].flat(), imports: { wanted: { ...wanted, local }, replaced, places: [] } };
  }
}

function isWebSocket(meaning: Meaning | undefined): boolean {
  return meaning?.name === 'WebSocketTransport' && WEBSOCKET_MODULES.includes(meaning.module);
}
