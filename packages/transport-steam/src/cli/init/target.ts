import type { Meaning, Names } from './Names.ts';

/** What the changed lines call. */
export const ours = {
  createTransport: { module: 'colyseus-transport-steam/config', name: 'createTransport' },
  /** Takes what that of Colyseus takes: only the line that imports it changes. */
  webSocketTransport: { module: 'colyseus-transport-steam/config', name: 'WebSocketTransport' },
  createClient: { module: 'colyseus-transport-steam/config/client', name: 'createClient' },
  /** The same for the SDK. */
  client: { module: 'colyseus-transport-steam/config/client', name: 'Client' },
} as const satisfies Record<string, Meaning>;

/** What else of `@colyseus/sdk` comes from where `Client` comes from. */
export const sdkNames: readonly string[] = [
  ...['Room', 'Auth', 'Callbacks', 'getStateCallbacks', 'Predict', 'CloseCode', 'ErrorCode', 'Protocol'],
  ...['AbortError', 'MatchMakeError', 'ServerError', 'SchemaSerializer', 'registerSerializer'],
];

/** Where a game has another function of that name, such as the one of nodemailer or redis. */
const others: Readonly<Record<string, string>> = {
  createTransport: 'createColyseusTransport',
  createClient: 'createColyseusClient',
};

/** Whether it is from this package, in whatever way: then there is nothing to change. */
export function isOurs(meaning: Meaning | undefined): boolean {
  return meaning !== undefined && /^colyseus-transport-steam(?:\/|$)/.test(meaning.module);
}

/** What a file calls it, or is to call it. Undefined: all its names are taken. */
export function localName(names: Names, { module, name }: Meaning): string | undefined {
  const present = names.imported.find((imported) => imported.module === module && imported.name === name);
  if (present !== undefined) return names.isAmbiguous(present.local) ? undefined : present.local;
  return [name, others[name]].find((local) => local !== undefined && !names.has(local));
}
