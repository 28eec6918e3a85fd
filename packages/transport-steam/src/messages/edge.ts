import { readCompact } from './compact.ts';
import type { DeclaredMessage } from './DeclaredMessage.ts';
import { registeredMessages } from './extension.ts';
import { MessageError } from './MessageError.ts';

/** How a declared message is given to a connection. */
export interface MessageRoute {
  readonly latest: number | undefined;
  readonly channel: string;
  readonly label: string;
  /** Its frame is made once, for all who get it. */
  readonly isShared: true;
}

const routes = new WeakMap<DeclaredMessage, MessageRoute>();

/** `payload`: which is asked only where a field of it tells what is newer than what. */
export function routeOf(declared: DeclaredMessage, payload: unknown): MessageRoute {
  let route = routes.get(declared);
  if (route === undefined) {
    const latest = declared.latest === false ? undefined : declared.id;
    route = { latest, channel: declared.channel, label: declared.name, isShared: true };
    routes.set(declared, route);
  }
  if (typeof declared.latest !== 'string') return route;
  const value = (payload as Readonly<Record<string, unknown>> | undefined)?.[declared.latest];
  return { ...route, latest: fnv1a32(`${declared.id}:${String(value)}`) };
}

/** Two that collide replace each other now and then: as if the one was lost, which it may be. */
function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The message in a compact frame of a peer, decoded. Undefined when it is none that fits its declaration. */
export function readMessage(frame: Uint8Array): { readonly declared: DeclaredMessage; readonly payload: unknown } | undefined {
  const messages = registeredMessages();
  const found = messages && readCompact(frame, messages);
  if (found === undefined) return undefined;
  try {
    return { declared: found.declared, payload: found.declared.decode(found.bytes) };
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}
