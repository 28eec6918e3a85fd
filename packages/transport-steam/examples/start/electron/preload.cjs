const { contextBridge, ipcRenderer } = require('electron');

contextBridge.exposeInMainWorld('game', {
  host: () => ipcRenderer.invoke('host'),
  join: (endpoint) => ipcRenderer.invoke('join', endpoint),
  move: (dx) => ipcRenderer.send('move', dx),
  onSeen: (show) => ipcRenderer.on('seen', (_event, seen) => show(seen)),
});
