import type { DriverLobby } from '../driver/LobbyDriver.ts';
import type { LocalLobbies } from './LocalLobbies.ts';

/** A lobby by its id: what the process knows of it is in its {@link LocalLobbies}. */
export class KnownLobby implements DriverLobby {
  readonly id: bigint;
  readonly #client: LocalLobbies;

  constructor(client: LocalLobbies, id: bigint) {
    this.#client = client;
    this.id = id;
  }

  get memberCount(): number {
    return this.#client.view(this.id)?.memberCount ?? 0;
  }

  get memberLimit(): number {
    return this.#client.view(this.id)?.memberLimit ?? 0;
  }

  members(): bigint[] {
    return [...(this.#client.view(this.id)?.members ?? [])];
  }

  owner(): bigint | undefined {
    const view = this.#client.view(this.id);
    return view?.isMember ? view.owner : undefined;
  }

  data(): Record<string, string> {
    return Object.fromEntries(this.#client.view(this.id)?.data ?? []);
  }

  setData(changes: Readonly<Record<string, string>>): boolean {
    return this.#client.setData(this.id, changes);
  }

  setJoinable(joinable: boolean): boolean {
    return this.#client.setJoinable(this.id, joinable);
  }

  openInviteDialog(): void {
    this.#client.openInviteDialog(this.id);
  }

  leave(): void {
    this.#client.leave(this.id);
  }
}
