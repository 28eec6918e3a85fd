import { addExtension } from 'msgpackr';
import type { DeclaredMessage } from './DeclaredMessage.ts';
import { MessageError } from './MessageError.ts';
import type { Messages } from './Messages.ts';
import { readVarint, varintBytes } from './varint.ts';

/** The msgpack extension that carries a payload: `S`. */
export const EXTENSION_TYPE = 0x53;

/**
 * An encoded payload on its way through msgpackr, with which both sides of Colyseus pack and unpack, whatever the transport. It packs
 * as an extension of the message's id and these bytes, and what unpacks is the payload, decoded.
 */
export class DeclaredPayload {
  readonly declared: DeclaredMessage;
  readonly bytes: Uint8Array;

  constructor(declared: DeclaredMessage, bytes: Uint8Array) {
    this.declared = declared;
    this.bytes = bytes;
  }
}

let isAdded = false;
let registered: Messages | undefined;
let registrations = 0;

/**
 * Lets msgpackr read payloads of these messages. There is one set in a process, because msgpackr has one table of extensions; the
 * same set may be registered any number of times, and stays until each has been taken back with what this returns.
 */
export function registerMessages(messages: Messages): () => void {
  if (registered !== undefined && registered.fingerprint !== messages.fingerprint) {
    throw new Error(
      'registerMessages(): other messages are registered already, and a process has one set: declare all in one place.',
    );
  }
  addToMsgpackr();
  registered = messages;
  registrations += 1;
  let isTakenBack = false;
  return () => {
    if (isTakenBack) return;
    isTakenBack = true;
    registrations -= 1;
    if (registrations === 0) registered = undefined;
  };
}

/**
 * Two copies of msgpackr in a process have two tables of extensions, and ours would be in the wrong one.
 *
 * @param pack as `whose` packs a message: what comes must have our extension in it.
 */
export function checkPacking(pack: (payload: DeclaredPayload) => Uint8Array, whose: string): void {
  addToMsgpackr();
  const probe = { id: 0 } as DeclaredMessage;
  // What is in it twice is neither a header nor a key.
  const packed = pack(new DeclaredPayload(probe, Uint8Array.of(0x99, 0x98, 0x97)));
  const at = packed.indexOf(EXTENSION_TYPE);
  if (at >= 0 && packed[at + 1] === 0 && packed[at + 2] === 0x99 && packed[at + 4] === 0x97) return;
  throw new Error(
    `${whose} packs with another copy of msgpackr than this package: have one version in the process (npm ls msgpackr), and keep both ` +
      'out of bundles or both in one',
  );
}

/** The set of this process, if there is one. */
export function registeredMessages(): Messages | undefined {
  return registered;
}

/** What the extension carries: id as a varint, then the bytes. */
export function extensionData({ declared, bytes }: DeclaredPayload): Uint8Array {
  const id = varintBytes(declared.id);
  const data = new Uint8Array(id.length + bytes.length);
  data.set(id);
  data.set(bytes, id.length);
  return data;
}

/** msgpackr has no way to take an extension out again: it stays, and asks for the messages of the moment. */
function addToMsgpackr(): void {
  if (isAdded) return;
  isAdded = true;
  addExtension({ Class: DeclaredPayload, type: EXTENSION_TYPE, pack: extensionData, unpack });
}

function unpack(data: Uint8Array): unknown {
  const id = readVarint(data, 0);
  const declared = id && registered?.at(id.value);
  if (id === undefined || declared === undefined) {
    const which = id === undefined ? 'a message' : `message ${id.value}`;
    throw new MessageError(
      which,
      '',
      undefined,
      registered === undefined ? 'no messages are registered here' : 'is not declared here',
    );
  }
  return declared.decode(data, id.end);
}
