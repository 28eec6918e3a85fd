import { type Edit, indentAt, lineEndOf } from './edits.ts';
import { endOf, type ObjectExpression, type Source, startOf } from './syntax.ts';

/** Has an object of the code begin with another property, such as `transport: createTransport()`. */
export function prependProperty({ text, tree }: Source, object: ObjectExpression, code: string): Edit {
  const open = startOf(object) + 1;
  const [first] = object.properties;
  if (first === undefined) return { start: open, end: open, text: ` ${code}${text[open] === '}' ? ' ' : ''}` };
  // In front of the comments of what came first, but behind one on the line of the brace.
  let at = open + whiteSpaceAt(text, open);
  for (const comment of tree.comments ?? []) {
    const [start, end] = [startOf(comment), endOf(comment)];
    if (start === at && !text.slice(open, at).includes('\n')) at = end + whiteSpaceAt(text, end);
  }
  const isOnOwnLine = text.slice(open, at).includes('\n');
  return { start: at, end: at, text: isOnOwnLine ? `${code},${lineEndOf(text)}${indentAt(text, at)}` : `${code}, ` };
}

/** Has an object of JSON end with another property. `unit` is what its parts are indented by. */
export function appendJsonProperty(text: string, object: ObjectExpression, code: string, unit: string): Edit {
  const last = object.properties.at(-1);
  if (last === undefined) {
    const indent = indentAt(text, startOf(object));
    const line = lineEndOf(text);
    return { start: startOf(object), end: endOf(object), text: `{${line}${indent}${unit}${code}${line}${indent}}` };
  }
  const isOnOwnLine = text.slice(startOf(object), startOf(last)).includes('\n');
  const before = isOnOwnLine ? lineEndOf(text) + indentAt(text, startOf(last)) : ' ';
  return { start: endOf(last), end: endOf(last), text: `,${before}${code}` };
}

function whiteSpaceAt(text: string, at: number): number {
  return /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
}
