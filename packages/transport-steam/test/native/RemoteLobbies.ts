import type { DriverLobby, LobbyDriver, LobbyEvents, LobbyType } from '../../src/driver/LobbyDriver.ts';
import type { RemoteLobbyRef } from './messages.ts';
import type { RemoteCall, RemoteLater } from './RemoteLater.ts';

/** The lobbies of a driver that lives in another process. */
export class RemoteLobbies implements LobbyDriver {
  readonly #call: RemoteCall;
  readonly #later: RemoteLater;

  constructor(call: RemoteCall, later: RemoteLater) {
    this.#call = call;
    this.#later = later;
  }

  create(type: LobbyType, maxMembers: number): Promise<DriverLobby> {
    return this.#later.ask('createLobby', type, maxMembers).then((ref) => this.#lobbyOf(ref));
  }

  join(lobby: bigint): Promise<DriverLobby> {
    return this.#later.ask('joinLobby', lobby).then((ref) => this.#lobbyOf(ref));
  }

  list(wanted?: Readonly<Record<string, string>>): Promise<DriverLobby[]> {
    return this.#later.ask('listLobbies', wanted).then((refs) => (refs as unknown[]).map((ref) => this.#lobbyOf(ref)));
  }

  subscribe(events: LobbyEvents): () => void {
    const handlers = events as Record<string, ((...args: readonly unknown[]) => void) | undefined>;
    const names = ['onJoinRequested', 'onLobbyChanged'].filter((name) => handlers[name] !== undefined);
    return this.#later.subscribe('subscribeToLobbies', (name, args) => handlers[name]?.(...args), names);
  }

  #lobbyOf(ref: unknown): DriverLobby {
    const { lobby, id } = ref as RemoteLobbyRef;
    return new RemoteLobby(id, (name, ...args) => this.#call('lobby', lobby, name, ...args));
  }
}

class RemoteLobby implements DriverLobby {
  readonly id: bigint;
  readonly #call: (name: keyof DriverLobby, ...args: readonly unknown[]) => unknown;

  constructor(id: bigint, call: (name: keyof DriverLobby, ...args: readonly unknown[]) => unknown) {
    this.id = id;
    this.#call = call;
  }

  get memberCount(): number {
    return this.#call('memberCount') as number;
  }

  get memberLimit(): number {
    return this.#call('memberLimit') as number;
  }

  members(): bigint[] {
    return this.#call('members') as bigint[];
  }

  owner(): bigint | undefined {
    return this.#call('owner') as bigint | undefined;
  }

  data(): Record<string, string> {
    return this.#call('data') as Record<string, string>;
  }

  setData(changes: Readonly<Record<string, string>>): boolean {
    return this.#call('setData', changes) as boolean;
  }

  setJoinable(joinable: boolean): boolean {
    return this.#call('setJoinable', joinable) as boolean;
  }

  openInviteDialog(): void {
    this.#call('openInviteDialog');
  }

  leave(): void {
    this.#call('leave');
  }
}
