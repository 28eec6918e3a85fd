import { dialHub, type HubLine, type HubSteamOptions } from './dial.ts';
import { type Frame, FrameType, helloFrame, type Role } from './frames.ts';

/** A connection to the hub on which it said Welcome. */
export interface Login {
  /** Holds what came behind the Welcome. The socket is paused until its owner listens. */
  readonly line: HubLine;
  readonly steamId: bigint;
  readonly channels: number;
  readonly queueLimitBytes: number;
  readonly personaName: string;
}

export interface LoginRequest {
  readonly path: string;
  readonly steam: HubSteamOptions;
  readonly role: Role;
  /** 0n: any. */
  readonly steamId: bigint;
  readonly personaName: string;
}

/** A hub that is about to end hangs up instead of answering: then there is a next one. */
const HANG_UPS = 20;

/** Finds or starts the hub and says Hello. @throws Error with the hub's reason when it refuses, or when there is no hub */
export async function logIn(request: LoginRequest, aborted?: () => boolean): Promise<Login> {
  for (let hangUps = 0; hangUps < HANG_UPS; hangUps++) {
    const line = await dialHub(request.path, request.steam, aborted);
    const login = await greet(line, request);
    if (login !== undefined) return login;
  }
  throw new Error(`the hub at ${request.path} hung up ${HANG_UPS} times; is it of another version of this package?`);
}

/** Undefined: the hub hung up without an answer. */
function greet(line: HubLine, request: LoginRequest): Promise<Login | undefined> {
  const { socket, reader } = line;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      line.onRead = () => {};
      socket.off('close', onClose);
      settle();
    };
    const onClose = (): void => finish(() => resolve(undefined));
    line.onRead = (): void => {
      try {
        const answer = reader.next();
        if (answer === undefined) return;
        const welcome = readAnswer(answer);
        socket.pause();
        finish(() => resolve({ ...welcome, line }));
      } catch (error) {
        socket.destroy();
        finish(() => reject(error));
      }
    };
    socket.on('close', onClose);
    socket.on('error', () => {}); // 'close' follows
    socket.write(helloFrame(request.role, request.steamId, request.personaName));
  });
}

function readAnswer({ type, body }: Frame): Omit<Login, 'line'> {
  if (type === FrameType.Refused) throw new Error(body.toString());
  if (type !== FrameType.Welcome) throw new Error(`the hub answered with frame type ${type} instead of a welcome`);
  return {
    steamId: body.readBigUInt64LE(0),
    channels: body.readUInt16LE(8),
    queueLimitBytes: body.readDoubleLE(10),
    personaName: body.subarray(18).toString(),
  };
}
