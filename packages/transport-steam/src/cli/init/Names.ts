import type { Place } from './importEdits.ts';
import { type Expression, endOf, type Node, type Source, type Statement, startOf, textOf, walk } from './syntax.ts';

/** What a name comes from: `import { Server as S } from 'colyseus'` makes `S` the `Server` of `colyseus`. */
export interface Meaning {
  readonly module: string;
  /** `*`: all of the module. */
  readonly name: string;
}

/** A name that a file has from a module. */
export interface ImportedName extends Meaning {
  readonly local: string;
  readonly by: 'import' | 'require';
  /** Where the local name is declared. */
  readonly at: number;
  readonly statement: Statement;
  /** Where the statement names the module. */
  readonly from: Node;
  /** What the statement imports from there, this name and types included; `*` for what is not named. */
  readonly siblings: readonly string[];
  /** What goes when nobody needs the name: the statement, or a part between the braces of it. Undefined: the statement has more of another form. */
  readonly removable: 'statement' | Node | undefined;
}

/** What a name stands in, where it is only a type. */
const TYPE_USE = /^TS(?:TypeReference|QualifiedName|TypeQuery|ClassImplements|InterfaceHeritage|ExpressionWithTypeArguments)$/;

/** What the names of a file mean: those that it imports, and whether they may mean something else in places. */
export class Names {
  readonly imported: readonly ImportedName[];
  readonly #source: Source;
  /** Name to where it is declared besides imports. */
  readonly #declared = new Map<string, number[]>();
  /** Name to where it is used, imports and declarations included, and whether as a type. */
  readonly #used = new Map<string, Map<number, boolean>>();

  constructor(source: Source) {
    this.#source = source;
    this.imported = source.tree.program.body.flatMap((statement) => importsOf(source, statement));
    const imports = new Set(this.imported.map(({ at }) => at));
    walk(source.tree.program, (node, around) => {
      for (const { name, at } of namesDeclaredBy(node)) {
        if (!imports.has(at)) this.#declared.set(name, [...(this.#declared.get(name) ?? []), at]);
      }
      if ((node.type === 'Identifier' || node.type === 'JSXIdentifier') && !isLabel(node, around.at(-1))) {
        const name = String(node.name);
        this.#used.set(name, (this.#used.get(name) ?? new Map()).set(startOf(node), TYPE_USE.test(around.at(-1)?.type ?? '')));
      }
    });
  }

  /** Where an expression such as `Server` or `colyseus.Server` comes from. Undefined: from no module that is imported at the top of the file. */
  meaningOf(expression: Node): Meaning | undefined {
    const { type, name, object, property, computed } = expression as Node & Record<string, unknown>;
    if (type === 'Identifier') return this.importOf(String(name));
    if (type !== 'MemberExpression' || computed === true) return undefined;
    const holder = this.meaningOf(object as Node);
    // A default import of CommonJS is the whole module.
    if (holder === undefined || (holder.name !== '*' && holder.name !== 'default')) return undefined;
    return { module: holder.module, name: String((property as { name?: string }).name) };
  }

  importOf(local: string): ImportedName | undefined {
    return this.imported.find((imported) => imported.local === local);
  }

  /** The local name that `meaningOf` went by: `colyseus` of `colyseus.Server`. */
  rootOf(expression: Node): string {
    const { type, name, object } = expression as Node & Record<string, unknown>;
    return type === 'Identifier' ? String(name) : this.rootOf(object as Node);
  }

  /** Whether the name is declared in the file itself, too: then it is not known what it means where. */
  isAmbiguous(local: string): boolean {
    return this.#declared.has(local);
  }

  /** Whether the file has this name at all. */
  has(name: string): boolean {
    return this.#used.has(name);
  }

  /** Whether the imported name is used outside of these places. */
  isUsedOutside(imported: ImportedName, places: readonly Place[], { types = true }: { types?: boolean } = {}): boolean {
    const { local, statement } = imported;
    const without = [...places, { start: startOf(statement), end: endOf(statement) }];
    return [...(this.#used.get(local) ?? [])].some(
      ([at, isType]) => (types || !isType) && !without.some(({ start, end }) => at >= start && at < end),
    );
  }

  /** What the one `const` of this name in the file is. */
  constant(name: string): Expression | undefined {
    const [only, ...others] = this.#declared.get(name) ?? [];
    if (only === undefined || others.length > 0) return undefined;
    let found: Expression | undefined;
    walk(this.#source.tree.program, (node) => {
      if (node.type !== 'VariableDeclaration' || node.kind !== 'const') return;
      for (const { id, init } of node.declarations as { id: Node; init: Expression | null }[]) {
        if (id.start === only && init !== null) found = init;
      }
    });
    return found;
  }
}

function importsOf(source: Source, statement: Statement): ImportedName[] {
  if (statement.type === 'ImportDeclaration') {
    if (statement.importKind === 'type' || statement.importKind === 'typeof') return [];
    const { specifiers, source: from } = statement;
    const removable = removal(specifiers, 'ImportSpecifier');
    const nameOf = (specifier: (typeof specifiers)[number]): string => {
      if (specifier.type !== 'ImportSpecifier') return specifier.type === 'ImportDefaultSpecifier' ? 'default' : '*';
      const { imported } = specifier;
      return imported.type === 'Identifier' ? imported.name : imported.value;
    };
    const siblings = specifiers.map(nameOf);
    return specifiers.flatMap((specifier): ImportedName[] => {
      if (specifier.type === 'ImportSpecifier' && specifier.importKind === 'type') return [];
      const { local } = specifier;
      const base = { module: from.value, name: nameOf(specifier), local: local.name, by: 'import', at: startOf(local) } as const;
      return [{ ...base, statement, from, siblings, removable: removable(specifier) }];
    });
  }
  if (statement.type === 'TSImportEqualsDeclaration') {
    const { id, moduleReference } = statement;
    if (moduleReference.type !== 'TSExternalModuleReference') return [];
    const from = moduleReference.expression;
    const base = { module: from.value, name: '*', local: id.name, by: 'import', at: startOf(id) } as const;
    return [{ ...base, statement, from, siblings: ['*'], removable: 'statement' }];
  }
  if (statement.type !== 'VariableDeclaration') return [];
  const alone = statement.declarations.length === 1;
  return statement.declarations.flatMap(({ id, init }) => {
    const required = init ? requiredBy(source, init) : undefined;
    if (required === undefined) return [];
    const { module, from } = required;
    const base = { module, by: 'require', statement, from } as const;
    if (id.type === 'Identifier') {
      const removable = alone ? 'statement' : undefined;
      return [{ ...base, name: required.name, local: id.name, at: startOf(id), siblings: [required.name], removable }];
    }
    if (id.type !== 'ObjectPattern' || required.name !== '*') return [];
    const keys = id.properties.map((property) =>
      property.type === 'ObjectProperty' && !property.computed ? textOf(source, property.key) : '*',
    );
    const removable = removal(id.properties, 'ObjectProperty');
    return id.properties.flatMap((property, index): ImportedName[] => {
      if (property.type !== 'ObjectProperty' || property.computed || property.value.type !== 'Identifier') return [];
      const { value } = property;
      const own = alone || id.properties.length > 1 ? removable(property) : undefined;
      return [{ ...base, name: keys[index] ?? '*', local: value.name, at: startOf(value), siblings: keys, removable: own }];
    });
  });
}

/** Names in braces go one by one, when all of them are of the plain form. */
function removal<N extends Node>(parts: readonly N[], plain: string): (part: N) => ImportedName['removable'] {
  if (parts.length === 1) return () => 'statement';
  return parts.every(({ type }) => type === plain) ? (part) => part : () => undefined;
}

/** Of `require('module')` and `require('module').name`. */
function requiredBy(source: Source, expression: Node): (Meaning & { readonly from: Node }) | undefined {
  const { type, object, property, computed, callee, arguments: args } = expression as Node & Record<string, unknown>;
  if (type === 'MemberExpression' && computed !== true) {
    const whole = requiredBy(source, object as Node);
    return whole?.name === '*' ? { ...whole, name: textOf(source, property as Node) } : undefined;
  }
  if (type !== 'CallExpression' || textOf(source, callee as Node) !== 'require') return undefined;
  const [from] = args as (Node & { value?: unknown })[];
  return from?.type === 'StringLiteral' ? { module: String(from.value), name: '*', from } : undefined;
}

interface Declared {
  readonly name: string;
  readonly at: number;
}

function namesDeclaredBy(node: Node & Record<string, unknown>): Declared[] {
  const patterns: unknown[] = [];
  if (node.type === 'VariableDeclarator') patterns.push(node.id);
  if (/^(?:TSDeclare)?(?:Function|Class|TSEnum|TSModule)/.test(node.type)) patterns.push(node.id);
  if (node.type === 'CatchClause') patterns.push(node.param);
  if (Array.isArray(node.params) && /Function|Method/.test(node.type)) patterns.push(...node.params);
  return patterns.flatMap(namesIn);
}

/** The names that a pattern such as `{ a, b: [c = 1, ...d] }` declares. */
function namesIn(pattern: unknown): Declared[] {
  if (typeof pattern !== 'object' || pattern === null) return [];
  const node = pattern as Node & Record<string, unknown>;
  switch (node.type) {
    case 'Identifier':
      return [{ name: String(node.name), at: startOf(node) }];
    case 'ObjectPattern':
      return (node.properties as unknown[]).flatMap(namesIn);
    case 'ArrayPattern':
      return (node.elements as unknown[]).flatMap(namesIn);
    case 'ObjectProperty':
      return namesIn(node.value);
    case 'AssignmentPattern':
      return namesIn(node.left);
    case 'RestElement':
      return namesIn(node.argument);
    case 'TSParameterProperty':
      return namesIn(node.parameter);
    default:
      return [];
  }
}

/** Whether it only names a field of something else: `b` of `a.b` and of `{ b: 1 }`. */
function isLabel(node: Node, parent: Node | undefined): boolean {
  const { type, computed, property, key, shorthand } = (parent ?? {}) as Partial<Node> & Record<string, unknown>;
  if (computed === true) return false;
  if (type === 'MemberExpression' || type === 'OptionalMemberExpression') return property === node;
  return key === node && shorthand !== true;
}
