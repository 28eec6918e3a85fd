import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: readonly (readonly string[])[] } };
  readonly nodes: number[];
  readonly strings: string[];
}

/** Bytes on the heap that something still holds. */
export function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // The second one takes what finalizers of the first let go.
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

/**
 * How many objects there are of each class, by its name, that something still holds. By a heap snapshot, for the classes of a test are
 * those of a context of its own, where `v8.queryObjects()` finds none.
 */
export async function countObjects(...classes: readonly string[]): Promise<number[]> {
  let json = '';
  for await (const chunk of getHeapSnapshot().setEncoding('utf8')) json += chunk;
  const { snapshot, nodes, strings } = JSON.parse(json) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [typeAt, nameAt] = [fields.indexOf('type'), fields.indexOf('name')];
  const object = types[typeAt]?.indexOf('object');
  const counts = new Map(classes.map((name) => [strings.indexOf(name), 0]));
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + typeAt] !== object) continue;
    const name = nodes[at + nameAt] as number;
    const count = counts.get(name);
    if (count !== undefined) counts.set(name, count + 1);
  }
  return [...counts.values()];
}
