import { type Edit, indentAt, lineEndOf } from './edits.ts';
import { appendJsonProperty } from './objectEdits.ts';
import { keyOf, type ObjectExpression, parseObject, startOf } from './syntax.ts';

/** A package.json. */
export interface Manifest {
  readonly text: string;
  readonly object: ObjectExpression;
  /** Names of all that it wants installed, in whatever way, and in which version. */
  readonly packages: Readonly<Record<string, string>>;
}

const NAME = 'doctor';
const COMMAND = 'colyseus-transport-steam doctor';
const GROUPS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/** Undefined: it is none. */
export async function readManifest(text: string): Promise<Manifest | undefined> {
  const object = await parseObject(text);
  if (object === undefined) return undefined;
  let content: Record<string, unknown>;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  } catch {
    return undefined; // with comments, which npm does not read, either
  }
  const packages = Object.fromEntries(
    GROUPS.flatMap((group) => Object.entries(content[group] ?? {})).filter(([, version]) => typeof version === 'string'),
  ) as Record<string, string>;
  return { text, object, packages };
}

/** Has `npm run doctor` run the doctor. Undefined: it does. A string: why there can be no such script; what stands there stays. */
export function doctorEdit({ text, object }: Manifest): Edit | string | undefined {
  const [first] = object.properties;
  const isOneLine = !text.trim().includes('\n');
  const unit = (first && indentAt(text, startOf(first))) || '  ';
  const line = (depth: number) => (isOneLine ? ' ' : lineEndOf(text) + unit.repeat(depth));
  const script = `"${NAME}": "${COMMAND}"`;

  const scripts = object.properties.find((property) => keyOf(property) === 'scripts');
  if (scripts === undefined) return appendJsonProperty(text, object, `"scripts": {${line(2)}${script}${line(1)}}`, unit);
  const value = scripts.type === 'ObjectProperty' ? scripts.value : undefined;
  if (value?.type !== 'ObjectExpression') return 'its scripts are no object';
  const present = value.properties.find((property) => keyOf(property) === NAME);
  if (present === undefined) return appendJsonProperty(text, value, script, unit);
  const is = present.type === 'ObjectProperty' && present.value.type === 'StringLiteral' ? present.value.value : '';
  return is.includes(COMMAND) ? undefined : `its script ${NAME} is another one: ${is}`;
}
