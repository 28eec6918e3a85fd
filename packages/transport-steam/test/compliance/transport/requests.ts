import { describe, expect, test } from '@jest/globals';
import type { World } from './World.ts';
import { rejection } from './waiting.ts';

/** `client.http`: the user's own routes. */
export function requests(world: () => World): void {
  describe('requests', () => {
    test('GET with parameters, query and token', async () => {
      const player = world().player();
      player.http.authToken = 'secret';
      const { data, status } = await player.http.get('/greet/ann', { query: { a: '1', b: 'x y' } });
      expect(status).toBe(200);
      expect(data).toEqual({ hello: 'ann', query: { a: '1', b: 'x y' }, token: 'Bearer secret' });
    });

    test('POST with a JSON body', async () => {
      const { data } = await world()
        .player()
        .http.post('/sum', { body: { numbers: [1, 2, 39] } });
      expect(data).toEqual({ sum: 42 });
    });

    test('text, headers, and an answer without a body', async () => {
      const player = world().player();
      const text = await player.http.get('/text');
      expect(text.data).toBe('plain words');
      expect(text.headers.get('x-own')).toBe('yes');
      expect((await player.http.delete('/empty')).status).toBe(204);
    });

    test('an unknown route is a 404', async () => {
      expect(await rejection(world().player().http.get('/unknown'))).toMatchObject({ code: 404 });
    });

    test('the error of a route keeps its status and words', async () => {
      expect(await rejection(world().player().http.get('/fails'))).toMatchObject({ code: 418, message: 'a teapot' });
    });

    test('client.auth signs in, and is known from then on', async () => {
      const player = world().player();
      expect(await player.auth.signInAnonymously()).toEqual({ user: { anonymous: true }, token: 'anon' });
      expect(await player.auth.getUserData()).toEqual({ user: { bearer: 'Bearer anon' } });
      player.auth.signOut();
    });

    test('many at once keep apart', async () => {
      const player = world().player();
      const names = Array.from({ length: 30 }, (_, i) => `n${i}`);
      const answers = await Promise.all(names.map((name) => player.http.get(`/greet/${name}`)));
      expect(answers.map(({ data }) => data.hello)).toEqual(names);
    });
  });
}
