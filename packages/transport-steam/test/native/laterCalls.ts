import type { DriverLobby, LobbyDriver, LobbyEvents } from '../../src/driver/LobbyDriver.ts';
import type { DriverTicket, SteamDriver } from '../../src/driver/SteamDriver.ts';
import type { Later, Method, RemoteLobbyRef, RemoteTicketRef } from './messages.ts';
import { describeError } from './remoteErrors.ts';

type Calls = Partial<Record<Method, (...args: never[]) => unknown>>;

/**
 * The child's side of what a driver answers later: lobbies, rich presence and tickets. The first argument of a call that is answered so is
 * the parent's number for it.
 */
export function laterCalls(driver: SteamDriver): Calls {
  const later: Later[] = [];
  const lobbies: DriverLobby[] = [];
  const tickets: DriverTicket[] = [];
  const subscriptions = new Map<number, () => void>();

  const refer = (lobby: DriverLobby): RemoteLobbyRef => ({ lobby: lobbies.push(lobby) - 1, id: lobby.id });
  const keep = <T>(asked: number, promise: Promise<T>, describe: (value: T) => unknown): void => {
    promise.then(
      (value) => later.push({ type: 'resolved', asked, value: describe(value) }),
      (error) => later.push({ type: 'rejected', asked, error: describeError(error) }),
    );
  };
  /** Not called where there are none: the parent was told. */
  const driverLobbies = (): LobbyDriver => driver.lobbies as LobbyDriver;
  return {
    later: () => later.splice(0),
    personaName: () => driver.personaName,
    setRichPresence: (...args: [string, string | undefined]) => driver.setRichPresence?.(...args),
    createTicket: (asked: number, identity: string) =>
      keep(
        asked,
        driver.createTicket!(identity),
        (ticket): RemoteTicketRef => ({ ticket: tickets.push(ticket) - 1, bytes: ticket.bytes }),
      ),
    cancelTicket: (ticket: number) => tickets[ticket]?.cancel(),
    createLobby: (asked: number, ...args: Parameters<LobbyDriver['create']>) =>
      keep(asked, driverLobbies().create(...args), refer),
    joinLobby: (asked: number, ...args: Parameters<LobbyDriver['join']>) => keep(asked, driverLobbies().join(...args), refer),
    listLobbies: (asked: number, ...args: Parameters<LobbyDriver['list']>) =>
      keep(asked, driverLobbies().list(...args), (found) => found.map(refer)),
    lobby: (index: number, name: keyof DriverLobby, ...args: unknown[]) => {
      const lobby = lobbies[index] as DriverLobby;
      const member = lobby[name] as unknown;
      return typeof member === 'function' ? member.apply(lobby, args) : member;
    },
    subscribeToLobbies: (asked: number, names: readonly (keyof LobbyEvents)[]) => {
      const tell = (name: keyof LobbyEvents) => [
        name,
        (...args: unknown[]) => void later.push({ type: 'told', asked, name, args }),
      ];
      subscriptions.set(asked, driverLobbies().subscribe(Object.fromEntries(names.map(tell))));
    },
    unsubscribe: (asked: number) => subscriptions.get(asked)?.(),
  };
}
