import { type Client, Room } from '@colyseus/core';
import { ChatState, Line, Member } from './ChatState.ts';

const MAX_LINES = 3;
const KICKED = 4100;

export class ChatRoom extends Room<{ state: ChatState }> {
  override maxClients = 8;
  override state = new ChatState();

  override onCreate({ topic = 'anything' }: { topic?: string } = {}): void {
    this.setMetadata({ topic });
    this.onMessage('say', (client: Client, text: string) => this.#write(this.#nameOf(client), text));
    this.onMessage('rename', (client: Client, name: string) => {
      const member = this.state.members.get(client.sessionId);
      if (member !== undefined) member.name = name;
    });
    this.onMessage('whisper', (client: Client, { to, text }: { to: string; text: string }) => {
      const other = this.clients.get(to);
      if (other === undefined) client.send('error', `nobody is ${to}`);
      else other.send('whisper', { from: client.sessionId, text });
    });
    this.onMessage('kick', (_client: Client, who: string) => this.clients.get(who)?.leave(KICKED));
    this.onMessageBytes('picture', (client: Client, bytes: Uint8Array) => {
      for (const other of this.clients) if (other !== client) other.sendBytes('picture', bytes);
    });
  }

  override onJoin(client: Client, { name = 'somebody' }: { name?: string } = {}): void {
    const member = new Member();
    member.name = name;
    this.state.members.set(client.sessionId, member);
    this.#write('', `${name} has come`);
  }

  override async onDrop(client: Client, code?: number): Promise<void> {
    if (code === KICKED) return;
    const member = this.state.members.get(client.sessionId);
    if (member !== undefined) member.isAway = true;
    await this.allowReconnection(client, 10);
  }

  override onReconnect(client: Client): void {
    const member = this.state.members.get(client.sessionId);
    if (member !== undefined) member.isAway = false;
  }

  override onLeave(client: Client): void {
    this.#write('', `${this.#nameOf(client)} has gone`);
    this.state.members.delete(client.sessionId);
  }

  #nameOf(client: Client): string {
    return this.state.members.get(client.sessionId)?.name ?? '';
  }

  #write(author: string, text: string): void {
    const line = new Line();
    line.author = author;
    line.text = text;
    this.state.lines.push(line);
    if (this.state.lines.length > MAX_LINES) this.state.lines.shift();
  }
}
