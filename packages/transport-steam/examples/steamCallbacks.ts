import { SteamCallback, SteamCallbacks } from 'colyseus-transport-steam/steamworks';
import steamworks from 'steamworks.js';

const steam = steamworks.init(480);
const callbacks = SteamCallbacks.of(steam);

// Take it from where the driver takes it:
callbacks.on(SteamCallback.P2PSessionConnectFail, ({ remote, error }) => console.log(`no session with ${remote}: ${error}`));

// Or keep a registration of your own, and hand the events on. Before the driver is made.
callbacks.leaveToGame(SteamCallback.P2PSessionRequest);
steam.callback.register(SteamCallback.P2PSessionRequest, (event) => {
  console.log(`${event.remote} knocks`);
  callbacks.feed(SteamCallback.P2PSessionRequest, event);
});
