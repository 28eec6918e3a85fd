import { initSteamworks, SteamError, SteamworksDriver } from 'colyseus-transport-steam/steamworks';

try {
  const driver = new SteamworksDriver(initSteamworks(480));
  console.log(`logged in as ${driver.personaName}`);
} catch (error) {
  if (!(error instanceof SteamError)) throw error;
  console.error(`${error.code}: ${error.message}`); // show it, with a button that calls initSteamworks again
}
process.exit(); // steamworks.js would keep the process for ever
