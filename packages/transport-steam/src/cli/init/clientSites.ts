import { moved } from './importEdits.ts';
import type { ImportedName, Names } from './Names.ts';
import { byHand, done, type Site } from './Site.ts';
import { endOf, lineOf, type NewExpression, type Node, type Source, startOf, textOf, walk } from './syntax.ts';
import { isOurs, localName, ours, sdkNames } from './target.ts';

type Verdict = Site['verdict'];

const SDK = '@colyseus/sdk';
/** What the SDK was called until Colyseus 0.16. */
const OLD_SDK = 'colyseus.js';
const CLASSES = ['Client', 'ColyseusSDK'];
const OUR_CLASSES = ['Client', 'SteamSDK', 'LobbyClient'];

const WRITE = [`import { Client } from '${ours.client.module}';`, 'new Client(endpoint)'];

/**
 * All places of a file that make a Colyseus client.
 *
 * @param page why this is taken for code of a browser page, if it is
 */
export function clientSites(source: Source, names: Names, page: string | undefined): Site[] {
  const sites: Site[] = [];
  const add = (node: Node, verdict: Verdict | undefined): void => {
    if (verdict !== undefined) sites.push({ side: 'client', line: lineOf(source.text, startOf(node)), verdict });
  };
  walk(source.tree.program, (node) => {
    if (node.type === 'NewExpression') add(node, constructed(source, names, node as unknown as NewExpression, page));
    if (node.type === 'CallExpression') add(node, called(names, node.callee as Node, page));
    if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression')
      add(node, extended(names, node.superClass as Node | null, page));
  });
  return sites;
}

function constructed(source: Source, names: Names, call: NewExpression, page: string | undefined): Verdict | undefined {
  const { callee } = call;
  const meaning = names.meaningOf(callee);
  if (isOurs(meaning)) return OUR_CLASSES.includes(meaning?.name ?? '') ? done : undefined;
  const name = textOf(source, callee);
  if (meaning === undefined) return unresolved(source, names, name, page);
  if (!CLASSES.includes(meaning.name)) return undefined;
  if (meaning.module === OLD_SDK) {
    return byHand(
      `${OLD_SDK} is the SDK of Colyseus 0.16 and older`,
      `Have Colyseus 0.18 on both sides, and \`import { Client } from '${SDK}'\`; then run this again.`,
    );
  }
  if (meaning.module !== SDK) return undefined;
  if (page !== undefined) return note(page);
  const root = names.rootOf(callee);
  const imported = names.importOf(root) as ImportedName;
  if (names.isAmbiguous(root)) return byHand(`${root} means more than one thing in this file`, ...WRITE);
  const move = imported.name === ours.client.name ? moved(imported, ours.client, sdkNames) : undefined;
  if (move !== undefined) return { kind: 'change', ...move };
  const local = localName(names, ours.createClient);
  if (local === undefined) return byHand(`${ours.createClient.name} is something else in this file`, ...WRITE);
  const place = { start: startOf(call), end: endOf(callee) };
  const parentheses = source.text[endOf(call) - 1] === ')' ? '' : '()';
  const edits = [{ ...place, text: local + parentheses }];
  return { kind: 'change', edits, imports: { wanted: { ...ours.createClient, local }, replaced: imported, places: [place] } };
}

/** A class whose import is not seen: from a script of the page, or from an import inside of the code. */
function unresolved({ text }: Source, names: Names, name: string, page: string | undefined): Verdict | undefined {
  const [root = ''] = name.split('.');
  if (names.importOf(root) !== undefined) return undefined;
  if (/^Colyseus\.(?:Client|ColyseusSDK)$/.test(name)) return note(page ?? 'Colyseus is a global there, as in a page');
  if (!CLASSES.includes(name) || !/['"](?:@colyseus\/sdk|colyseus\.js)['"]/.test(text)) return undefined;
  return byHand(`where ${name} comes from is not to be seen at the top of the file`, ...WRITE);
}

function called(names: Names, callee: Node, page: string | undefined): Verdict | undefined {
  const meaning = names.meaningOf(callee);
  if (isOurs(meaning) && meaning?.name === ours.createClient.name) return done;
  const { type, object, property } = callee as Node & { object?: Node; property?: Node & { name?: string } };
  if (type !== 'MemberExpression' || property?.name !== 'selectByLatency' || object === undefined) return undefined;
  const holder = names.meaningOf(object);
  if (isOurs(holder) && OUR_CLASSES.includes(holder?.name ?? '')) return done;
  if (holder?.module !== SDK || !CLASSES.includes(holder.name)) return undefined;
  if (page !== undefined) return note(page);
  const imported = names.importOf(names.rootOf(object));
  const move =
    imported?.name === ours.client.name && !names.isAmbiguous(imported.local)
      ? moved(imported, ours.client, sdkNames)
      : undefined;
  if (move !== undefined) return { kind: 'change', ...move };
  return byHand(
    'it picks one of several servers',
    `import { Client } from '${ours.client.module}';`,
    'Client.selectByLatency(endpoints)',
  );
}

function extended(names: Names, superClass: Node | null, page: string | undefined): Verdict | undefined {
  const meaning = superClass ? names.meaningOf(superClass) : undefined;
  if (meaning?.module !== SDK || !CLASSES.includes(meaning.name)) return undefined;
  if (page !== undefined) return note(page);
  return byHand('a class of the game extends the SDK', "Over Steam it extends SteamSDK of 'colyseus-transport-steam/client'.");
}

function note(why: string): Verdict {
  return {
    kind: 'note',
    found: `${why}: it stays on WebSocket`,
    advice: [
      'A page has no Steam: it reaches a server with COLYSEUS_TRANSPORT=websocket or steam+websocket. In Electron: BRIDGE.md.',
    ],
  };
}
