/** Lists and objects in one another, in the JSON of a request. */
const MAX_DEPTH = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}`: bit 0x20 apart. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const WITHOUT_CASE = 0xdf;

/**
 * What is wrong with the JSON of a request; undefined when nothing is. For the router it is an error of the server, with a line
 * in the log each time.
 */
export function faultOfJson(body: Uint8Array): string | undefined {
  if (isTooDeep(body)) return `the body goes deeper than ${MAX_DEPTH} lists and objects in one another`;
  try {
    JSON.parse(new TextDecoder().decode(body));
    return undefined;
  } catch {
    return 'the body is no JSON';
  }
}

/**
 * Half a megabyte of brackets is parsed, and then everything that looks at it fails for want of a stack: core takes that for a
 * room that is full, and tries again with new ones for 12 s (0.18.17).
 */
function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte === QUOTE) isText = !isText;
    else if (byte === BACKSLASH) at++;
    else if (isText) continue;
    else if ((byte & WITHOUT_CASE) === OPEN) depth++;
    else if ((byte & WITHOUT_CASE) === CLOSE) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}
