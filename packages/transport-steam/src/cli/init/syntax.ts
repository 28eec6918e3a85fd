import type { ParserPlugin, parse } from '@babel/parser';

export type Tree = ReturnType<typeof parse>;
export type Statement = Tree['program']['body'][number];
export type Expression = Extract<Statement, { type: 'ExpressionStatement' }>['expression'];
type OfType<T extends Expression['type']> = Extract<Expression, { type: T }>;
export type ObjectExpression = OfType<'ObjectExpression'>;
export type NewExpression = OfType<'NewExpression'>;
export type CallExpression = OfType<'CallExpression'>;
export type Property = ObjectExpression['properties'][number];
export type Argument = CallExpression['arguments'][number];

/** Anything that has a place in the text. */
export interface Node {
  readonly type: string;
  readonly start?: number | null;
  readonly end?: number | null;
}

/** A source file that was understood as far as its syntax goes. */
export interface Source {
  /** From the folder of the project, with `/`. */
  readonly file: string;
  readonly text: string;
  readonly tree: Tree;
}

/** Why there is no tree. */
export interface SyntaxProblem {
  readonly line: number;
  readonly message: string;
}

/**
 * Reads TypeScript and JavaScript, with positions. The parser is loaded here, and nowhere else: a game that only plays has no use for it.
 */
export async function parseSource(file: string, text: string): Promise<Source | SyntaxProblem> {
  const { parse } = await import('@babel/parser');
  try {
    return { file, text, tree: parse(text, { sourceType: 'unambiguous', plugins: pluginsFor(file), ...lenient }) };
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number } };
    return { line: loc?.line ?? 1, message: message.replace(/\s*\(\d+:\d+\)$/, '') };
  }
}

/** An object in a file of its own, as JSON, or as `tsconfig.json` with its comments. Undefined: it is none. */
export async function parseObject(text: string): Promise<ObjectExpression | undefined> {
  const { parseExpression } = await import('@babel/parser');
  try {
    const expression = parseExpression(text);
    return expression.type === 'ObjectExpression' ? expression : undefined;
  } catch {
    return undefined;
  }
}

/** The name of a property, when it can be read off. */
export function keyOf(property: Property): string | undefined {
  if (property.type === 'SpreadElement' || property.computed) return undefined;
  const { key } = property;
  if (key.type === 'Identifier') return key.name;
  return key.type === 'StringLiteral' ? key.value : undefined;
}

/** What a CommonJS file or a script of Node may have besides. */
const lenient = { allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true };

function pluginsFor(file: string): ParserPlugin[] {
  // Decorators as Colyseus' state has them.
  const plugins: ParserPlugin[] = ['decorators-legacy'];
  if (/\.[cm]?tsx?$/.test(file)) plugins.push('typescript');
  // In plain TypeScript `<T>x` is no element.
  if (/\.(?:[cm]?jsx?|tsx)$/.test(file)) plugins.push('jsx');
  return plugins;
}

/** Calls `see` for every node below `root`, with the nodes that it is in, the innermost last. */
export function walk(root: object, see: (node: Node & Record<string, unknown>, around: readonly Node[]) => void): void {
  const around: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const isNode = 'type' in value && typeof value.type === 'string' && 'start' in value;
    if (isNode) {
      see(value as Node & Record<string, unknown>, around);
      around.push(value as Node);
    }
    for (const [key, child] of Object.entries(value)) if (!notChildren.has(key)) visit(child);
    if (isNode) around.pop();
  };
  visit(root);
}

/** Of nodes: their place, and comments, of which the tree has a list. */
const notChildren = new Set([
  'loc',
  'extra',
  'leadingComments',
  'trailingComments',
  'innerComments',
  'comments',
  'tokens',
  'errors',
]);

export function startOf(node: Node): number {
  return node.start as number;
}

export function endOf(node: Node): number {
  return node.end as number;
}

export function textOf({ text }: Source, node: Node): string {
  return text.slice(startOf(node), endOf(node));
}

/** Counted from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
