import { BridgeClient, webSocketPort } from 'colyseus-transport-steam/bridge';

export async function chat(url: string): Promise<string> {
  const client = await BridgeClient.connect(webSocketPort(new WebSocket(url)));
  const room = await client.joinOrCreate('chat');
  const said = new Promise<string>((resolve) => room.onMessage('said', resolve));
  room.send('say', `hello, I am ${client.steamId}`);
  const text = await said;
  client.close();
  return text;
}
