import type { DeclaredMessage } from './DeclaredMessage.ts';
import { DEFAULT_MAX_LENGTH, type Field, type FieldType } from './FieldType.ts';

const SEPARATOR = ' | ';
const NO_PAYLOAD = 'no payload';
const plainName = /^[A-Za-z_$][\w$]*$/;

/** One line: `score | buffered bulk | rows: array | rows[].name: string`. */
export function describeMessage(message: DeclaredMessage, type: FieldType | undefined): string {
  const { name, delivery, channel, latest } = message;
  const by = typeof latest === 'string' ? ` by ${quoted(latest)}` : '';
  const travel = `${delivery} ${channel}${latest === false ? '' : ' latest'}${by}`;
  const fields = type === undefined ? [NO_PAYLOAD] : type.kind === 'struct' ? describeFields('', type.fields) : [];
  return [quoted(name), travel, ...fields].join(SEPARATOR);
}

/** Names that could be taken for the text around them are written as JSON, without its separators. */
function quoted(name: string): string {
  if (plainName.test(name)) return name;
  return JSON.stringify(name).replace(/[|:\u007f-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function describeFields(path: string, fields: readonly Field[]): string[] {
  return fields.flatMap(({ name, type, optional }) => {
    const fieldPath = path === '' ? quoted(name) : `${path}.${quoted(name)}`;
    return describeType(fieldPath, type, optional ? ' or nothing' : '');
  });
}

function describeType(path: string, type: FieldType, suffix = ''): string[] {
  const line = (text: string) => `${path}: ${text}${suffix}`;
  const bound = (max: number) => (max === DEFAULT_MAX_LENGTH ? '' : ` of at most ${max}`);
  switch (type.kind) {
    case 'primitive':
      return [line(type.name)];
    case 'quantized': {
      const { bits, min, max, wrap } = type.quantized;
      return [line(`${bits} bits from ${min} to ${max}${wrap ? ' and round' : ''}`)];
    }
    case 'string':
    case 'bytes':
      return [line(`${type.kind}${bound(type.max)}`)];
    case 'list':
      return [line(`array${bound(type.max)}`), ...describeType(`${path}[]`, type.item)];
    case 'map':
      return [line(`map${bound(type.max)}`), ...describeType(`${path}{}`, type.item)];
    case 'struct':
      return [line('object'), ...describeFields(path, type.fields)];
  }
}

const FNV_OFFSET = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x100_0000_01b3n;

/** FNV-1a over the UTF-8 of a text. */
export function fnv1a64(text: string): bigint {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  }
  return hash;
}

const SHOWN_CHARACTERS = 120;

/** In words: where two descriptions begin to differ, seen from the end that has `ours`. `theirs` may be anything at all. */
export function firstDifference(ours: string, theirs: string): string {
  const here = linesOf(ours);
  const there = linesOf(theirs);
  for (const name of [...new Set([...here.keys(), ...there.keys()])].sort()) {
    const mine = here.get(name);
    const other = there.get(name);
    if (other === undefined) return `message ${shown(name)} is declared here, but not there`;
    if (mine === undefined) return `message ${shown(name)} is declared there, but not here`;
    const difference = differenceOf(mine, other);
    if (difference !== undefined) return `message ${shown(name)}: ${difference}`;
  }
  return ours === theirs ? 'there is no difference' : 'the same messages stand in another order';
}

function differenceOf(
  [travel = '', ...fields]: readonly string[],
  [otherTravel = '', ...others]: readonly string[],
): string | undefined {
  if (travel !== otherTravel) return `travels ${shown(travel)} here, ${shown(otherTravel)} there`;
  for (let i = 0; i < Math.max(fields.length, others.length); i++) {
    const mine = fields[i];
    const other = others[i];
    if (mine === other) continue;
    if (mine === NO_PAYLOAD) return 'has no payload here, but one there';
    if (other === NO_PAYLOAD) return 'has a payload here, but none there';
    if (mine === undefined) return `field ${fieldOf(other)} is ${typeOf(other)} there, and not declared here`;
    if (other === undefined) return `field ${fieldOf(mine)} is ${typeOf(mine)} here, and not declared there`;
    if (fieldOf(mine) === fieldOf(other)) return `field ${fieldOf(mine)} is ${typeOf(mine)} here, ${typeOf(other)} there`;
    return `in the place of field ${fieldOf(mine)} (${typeOf(mine)}) here stands ${fieldOf(other)} (${typeOf(other)}) there`;
  }
  return undefined;
}

function linesOf(description: string): Map<string, readonly string[]> {
  const lines = description === '' ? [] : description.split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', ...rest] = line.split(SEPARATOR);
      return [name, rest];
    }),
  );
}

function fieldOf(entry: string | undefined): string {
  return shown(entry?.split(': ')[0] ?? '');
}

function typeOf(entry: string | undefined): string {
  return shown(entry?.split(': ').slice(1).join(': ') ?? '');
}

function shown(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?');
  return safe.length > SHOWN_CHARACTERS ? `${safe.slice(0, SHOWN_CHARACTERS)}…` : safe;
}
