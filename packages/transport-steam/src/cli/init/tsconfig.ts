import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, type ObjectExpression, parseObject } from './syntax.ts';

const FILE = 'tsconfig.json';
/** They do not look at `exports` of packages, by which ours is entered. */
const OLD = ['node', 'node10', 'classic'];

/** Why TypeScript would not find what the changed lines import, as a remark about the `tsconfig.json` of a folder. Undefined: nothing is known. */
export async function oldResolution(folder: string): Promise<string | undefined> {
  const file = join(folder, FILE);
  const root = existsSync(file) ? await parseObject(readFileSync(file, 'utf8')) : undefined;
  const options = root && valueOfKey(root, 'compilerOptions');
  const resolution = options?.type === 'ObjectExpression' ? valueOfKey(options, 'moduleResolution') : undefined;
  if (resolution?.type !== 'StringLiteral' || !OLD.includes(resolution.value.toLowerCase())) return undefined;
  return `moduleResolution ${JSON.stringify(resolution.value)} does not find colyseus-transport-steam/config: have "node16", "nodenext" or "bundler"`;
}

function valueOfKey(object: ObjectExpression, name: string) {
  const property = object.properties.find((one) => keyOf(one) === name);
  return property?.type === 'ObjectProperty' ? property.value : undefined;
}
