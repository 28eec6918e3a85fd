import { join as joinPath } from 'node:path';
import { app, BrowserWindow, ipcMain } from 'electron';
import { close, host, join, move } from './game.js';

let window;
const show = (seen) => {
  if (!window.isDestroyed()) window.webContents.send('seen', seen);
};

ipcMain.handle('host', async () => {
  const endpoint = await host();
  await join(endpoint, show);
  return endpoint;
});
ipcMain.handle('join', (_event, endpoint) => join(String(endpoint), show));
ipcMain.on('move', (_event, dx) => move(Number(dx)));

app.on('window-all-closed', async () => {
  await close();
  app.exit(); // steamworks.js would keep the process for ever
});

// Not with a top-level await: Electron is ready only after this file.
app.whenReady().then(() => {
  window = new BrowserWindow({ webPreferences: { preload: joinPath(import.meta.dirname, 'preload.cjs') } });
  window.loadFile('page.html');
});
