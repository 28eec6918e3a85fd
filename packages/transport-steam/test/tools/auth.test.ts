import { auth, Hash, JWT } from '@colyseus/auth';
import { type Client, createRouter, Room } from '@colyseus/core';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { steamIdOf } from '../../src/index.ts';
import { rejection } from '../compliance/transport/waiting.ts';
import { leaveNoTimers } from '../helpers/leaveNoTimers.ts';
import { withHttpHost } from './besideHttp.ts';

leaveNoTimers();

interface User {
  readonly email: string;
  readonly password: string;
}

const users = new Map<string, User>();

/** Tells the player who he is: by his account, and by Steam. */
class IdRoom extends Room {
  override onJoin(client: Client): void {
    client.send('you', { email: client.auth?.email ?? null, steamId: String(steamIdOf(client)) });
  }
}

beforeAll(() => {
  JWT.settings.secret = 'of this test';
});
afterAll(() => users.clear());

test('register, sign in and userdata over Steam, and the room knows the account beside the SteamID', async () => {
  const settings = {
    onFindUserByEmail: async (email: string) => users.get(email),
    onRegisterWithEmailAndPassword: async (email: string, password: string) => users.set(email, { email, password }),
  };
  await withHttpHost(
    {},
    async ({ player }) => {
      const client = player();
      const { token } = await client.auth.registerWithEmailAndPassword('ann@example.com', 'secret!');
      expect(await Hash.verify('secret!', users.get('ann@example.com')?.password ?? '')).toBe(true);
      expect((await client.auth.getUserData()).user).toMatchObject({ email: 'ann@example.com' });
      const room = await client.joinOrCreate('id');
      const you = await new Promise((resolve) => {
        room.onMessage('you', resolve);
      });
      expect(you).toEqual({ email: 'ann@example.com', steamId: String(client.endpoint.steamId) });

      const other = player();
      expect((await rejection(other.auth.signInWithEmailAndPassword('ann@example.com', 'wrong!'))).code).toBe(401);
      expect((await other.auth.signInWithEmailAndPassword('ann@example.com', 'secret!')).user).toEqual({
        email: 'ann@example.com',
      });
      other.auth.token = `${token}x`;
      expect((await rejection(other.joinOrCreate('id'))).message).toContain('onAuth failed');
    },
    (server) => {
      server.router = createRouter(auth.endpoints({ settings }));
      server.define('id', IdRoom);
    },
  );
});
