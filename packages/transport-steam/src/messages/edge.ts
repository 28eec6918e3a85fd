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

export function routeOf(declared: DeclaredMessage): MessageRoute {
  let route = routes.get(declared);
  if (route === undefined) {
    route = {
      latest: declared.latest ? declared.id : undefined,
      channel: declared.channel,
      label: declared.name,
      isShared: true,
    };
    routes.set(declared, route);
  }
  return route;
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
