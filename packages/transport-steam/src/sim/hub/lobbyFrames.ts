import { checkLobbyData, checkLobbyId, checkNewLobby } from '../../driver/checkLobby.ts';
import type { LobbyEnterResponse, LobbyType } from '../../driver/LobbyDriver.ts';
import type { LobbyData, LobbyNews, LobbyRequests, LobbyView } from '../lobbyPort.ts';
import { bodyFrame, type Frame, FrameType } from './frames.ts';

// Lobbies between a process and the hub: both halves of each frame. The layouts are in frames.ts.

/** What a process asks, as frames. */
export function lobbyRequestsTo(write: (frame: Buffer) => void): LobbyRequests {
  return {
    create: (call, type, maxMembers) => write(bodyFrame(FrameType.LobbyCreate, u32(call), u8(type), u16(maxMembers))),
    join: (call, lobby) => write(bodyFrame(FrameType.LobbyJoin, u32(call), u64(lobby))),
    list: (call, wanted) => write(bodyFrame(FrameType.LobbyList, u32(call), ...pairs(wanted))),
    leave: (lobby) => write(bodyFrame(FrameType.LobbyLeave, u64(lobby))),
    setData: (lobby, changes) => write(bodyFrame(FrameType.LobbySetData, u64(lobby), ...pairs(changes))),
    setJoinable: (lobby, joinable) => write(bodyFrame(FrameType.LobbySetJoinable, u64(lobby), u8(joinable ? 1 : 0))),
    openInviteDialog: (lobby) => write(bodyFrame(FrameType.LobbyInviteDialog, u64(lobby))),
  };
}

/** The hub's end of {@link lobbyRequestsTo}. False: a frame of another kind. @throws RangeError for one that is wrong */
export function readLobbyRequest(requests: LobbyRequests, { type, body }: Frame): boolean {
  const fields = new FieldReader(body);
  switch (type) {
    case FrameType.LobbyCreate: {
      const [call, lobbyType, maxMembers] = [fields.u32(), fields.u8() as LobbyType, fields.u16()];
      checkNewLobby(lobbyType, maxMembers);
      fields.end();
      requests.create(call, lobbyType, maxMembers);
      return true;
    }
    case FrameType.LobbyJoin: {
      const [call, lobby] = [fields.u32(), fields.lobby()];
      fields.end();
      requests.join(call, lobby);
      return true;
    }
    case FrameType.LobbyList: {
      const [call, wanted] = [fields.u32(), fields.pairs()];
      fields.end();
      requests.list(call, wanted);
      return true;
    }
    case FrameType.LobbyLeave: {
      const lobby = fields.lobby();
      fields.end();
      requests.leave(lobby);
      return true;
    }
    case FrameType.LobbySetData: {
      const [lobby, changes] = [fields.lobby(), fields.pairs()];
      fields.end();
      requests.setData(lobby, changes);
      return true;
    }
    case FrameType.LobbySetJoinable: {
      const [lobby, joinable] = [fields.lobby(), fields.u8() !== 0];
      fields.end();
      requests.setJoinable(lobby, joinable);
      return true;
    }
    case FrameType.LobbyInviteDialog: {
      const lobby = fields.lobby();
      fields.end();
      requests.openInviteDialog(lobby);
      return true;
    }
    default:
      return false;
  }
}

/** What the hub tells a process, as frames. */
export function lobbyNewsTo(write: (frame: Buffer) => void): LobbyNews {
  return {
    state: ({ lobby, isMember, owner, members, memberCount, memberLimit, data }) =>
      write(
        bodyFrame(
          FrameType.LobbyState,
          u64(lobby),
          u64(owner),
          u8(isMember ? MEMBER_FLAG : 0),
          u16(memberLimit),
          u16(memberCount),
          u16(members.length),
          ...members.map(u64),
          ...pairs(data),
        ),
      ),
    entered: (call, response, lobby) => write(bodyFrame(FrameType.LobbyEntered, u32(call), u8(response), u64(lobby))),
    listed: (call, lobbies) => write(bodyFrame(FrameType.LobbyListed, u32(call), u16(lobbies.length), ...lobbies.map(u64))),
    joinRequested: (lobby, friend) => write(bodyFrame(FrameType.LobbyJoinRequested, u64(lobby), u64(friend))),
    lost: () => {}, // the process hears SteamLost, or is not there any more
  };
}

/** The process's end of {@link lobbyNewsTo}. False: a frame of another kind. @throws RangeError for one that is wrong */
export function readLobbyNews(news: LobbyNews, { type, body }: Frame): boolean {
  const fields = new FieldReader(body);
  switch (type) {
    case FrameType.LobbyState:
      news.state(readView(fields));
      return true;
    case FrameType.LobbyEntered:
      news.entered(fields.u32(), fields.u8() as LobbyEnterResponse, fields.u64());
      return true;
    case FrameType.LobbyListed:
      news.listed(fields.u32(), fields.u64s(fields.u16()));
      return true;
    case FrameType.LobbyJoinRequested:
      news.joinRequested(fields.u64(), fields.u64());
      return true;
    default:
      return false;
  }
}

export function richPresenceFrame(key: string, value: string): Buffer {
  return bodyFrame(FrameType.RichPresence, ...pairs(new Map([[key, value]])));
}

/** @throws RangeError for a frame that is wrong; keys and values are not checked */
export function readRichPresence(body: Buffer): LobbyData {
  const fields = new FieldReader(body);
  const read = fields.uncheckedPairs();
  fields.end();
  return read;
}

/** In the flags of LobbyState. */
const MEMBER_FLAG = 0x01;

function readView(fields: FieldReader): LobbyView {
  const [lobby, owner, flags, memberLimit, memberCount] = [fields.u64(), fields.u64(), fields.u8(), fields.u16(), fields.u16()];
  const members = fields.u64s(fields.u16());
  const isMember = (flags & MEMBER_FLAG) !== 0;
  return { lobby, isMember, owner, members, memberCount, memberLimit, data: fields.uncheckedPairs() };
}

function u8(value: number): Buffer {
  return Buffer.of(value);
}

function u16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function pairs(data: LobbyData): Buffer[] {
  const parts = [u16(data.size)];
  for (const [key, value] of data) {
    const [keyBytes, valueBytes] = [Buffer.from(key), Buffer.from(value)];
    parts.push(u8(keyBytes.length), keyBytes, u16(valueBytes.length), valueBytes);
  }
  return parts;
}

/** Reads a body field by field. Each throws a RangeError when the body is too short for it. */
class FieldReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  u8(): number {
    return this.#body.readUInt8(this.#advance(1));
  }

  u16(): number {
    return this.#body.readUInt16LE(this.#advance(2));
  }

  u32(): number {
    return this.#body.readUInt32LE(this.#advance(4));
  }

  u64(): bigint {
    return this.#body.readBigUInt64LE(this.#advance(8));
  }

  u64s(count: number): bigint[] {
    return Array.from({ length: count }, () => this.u64());
  }

  lobby(): bigint {
    const lobby = this.u64();
    checkLobbyId(lobby);
    return lobby;
  }

  pairs(): LobbyData {
    const read = this.uncheckedPairs();
    checkLobbyData(Object.fromEntries(read));
    return read;
  }

  uncheckedPairs(): LobbyData {
    const read = new Map<string, string>();
    for (let left = this.u16(); left > 0; left--) {
      const key = this.#text(this.u8());
      read.set(key, this.#text(this.u16()));
    }
    return read;
  }

  end(): void {
    if (this.#at !== this.#body.length) throw new RangeError(`${this.#body.length - this.#at} bytes behind the end of a frame`);
  }

  #text(bytes: number): string {
    const start = this.#advance(bytes);
    return this.#body.toString('utf8', start, this.#at);
  }

  /** Where the field begins. */
  #advance(bytes: number): number {
    const start = this.#at;
    if (start + bytes > this.#body.length)
      throw new RangeError(`a frame of ${this.#body.length} bytes is too short for what it says`);
    this.#at += bytes;
    return start;
  }
}
