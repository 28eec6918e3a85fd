import { Command, Dispatcher } from '@colyseus/command';
import { type Client, Room } from '@colyseus/core';
import { expect, test } from '@jest/globals';
import { steamIdOf } from '../../src/index.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withSteamWorld } from '../helpers/steamWorld.ts';

leaveNoTimers();

class Say extends Command<CommandRoom, { client: Client; words: string }> {
  override validate({ words } = this.payload): boolean {
    return words.length > 0;
  }
  execute({ client, words } = this.payload): Command[] {
    this.room.heard.push(`${steamIdOf(client)}: ${words}`);
    return [new Answer().setPayload({ client })];
  }
}

class Answer extends Command<CommandRoom, { client: Client }> {
  execute({ client } = this.payload): void {
    client.send('heard', this.room.heard.length);
  }
}

class CommandRoom extends Room {
  readonly heard: string[] = [];
  readonly dispatcher = new Dispatcher(this);
  override messages = {
    say: (client: Client, words: string) => void this.dispatcher.dispatch(new Say(), { client, words }),
  };
  override onDispose(): void {
    this.dispatcher.stop();
  }
}

test('commands run in a room over Steam, and so do those that follow', async () => {
  await withSteamWorld({}, async (world, arena) => {
    let made: CommandRoom | undefined;
    world.define(
      'command',
      class extends CommandRoom {
        override onCreate(): void {
          made = this;
        }
      },
    );
    const player = arena.player();
    const room = await player.joinOrCreate('command');
    const answer = new Promise((resolve) => {
      room.onMessage('heard', resolve);
    });
    room.send('say', ''); // not valid: nothing is done
    room.send('say', 'hello');
    expect(await answer).toBe(1);
    expect(made?.heard).toEqual([`${arena.driverOf(player).steamId}: hello`]);
  });
});
