import { type Expression, keyOf, type Node, type Property, walk } from './syntax.ts';

// What code says without being run.

/** Undefined: it is no plain `key: value`. */
export function valueIn(property: Property): Node | undefined {
  return property.type === 'ObjectProperty' ? property.value : undefined;
}

/** What a property of an object gives it: its own name, or those of `...(isProduction && { presence })`. Undefined: it cannot be read off. */
export function keysOf(property: Property): string[] | undefined {
  if (property.type !== 'SpreadElement') {
    const key = keyOf(property);
    return key === undefined ? undefined : [key];
  }
  return keysSpreadFrom(property.argument);
}

function keysSpreadFrom(spread: Expression): string[] | undefined {
  switch (spread.type) {
    case 'ObjectExpression': {
      const keys = spread.properties.map(keysOf);
      return keys.every((some) => some !== undefined) ? keys.flat() : undefined;
    }
    case 'LogicalExpression':
      return spread.operator === '&&' ? keysSpreadFrom(spread.right) : undefined;
    case 'ConditionalExpression': {
      const keys = [spread.consequent, spread.alternate].map(keysSpreadFrom);
      return keys.every((some) => some !== undefined) ? keys.flat() : undefined;
    }
    case 'NullLiteral':
      return [];
    default:
      return undefined;
  }
}

/** Without what types and waiting put around it. */
export function bare(node: Node): Node {
  const { type, expression, argument } = node as Node & { expression?: Expression; argument?: Expression };
  if (/^TS(?:As|Satisfies|NonNull|TypeAssertion)/.test(type) || type === 'TSTypeAssertion') return bare(expression as Node);
  return type === 'AwaitExpression' ? bare(argument as Node) : node;
}

/** What a function returns when it returns in one place. */
export function returnedBy(body: Node): Node | undefined {
  if (body.type !== 'BlockStatement') return body;
  const returned: (Node | null)[] = [];
  walk(body, (node, around) => {
    const isInner = around.some(({ type }) => /Function|Method/.test(type));
    if (node.type === 'ReturnStatement' && !isInner) returned.push(node.argument as Node | null);
  });
  return returned.length === 1 ? (returned[0] ?? undefined) : undefined;
}

/** Code in a sentence. */
export function short(code: string): string {
  const line = code.replace(/\s+/g, ' ');
  return line.length > 50 ? `${line.slice(0, 49)}…` : line;
}
