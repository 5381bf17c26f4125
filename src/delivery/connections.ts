/** The queue's connections to a server, which can be cut. */
import { Socket } from 'node:net';

export interface Connections {
  /** Makes the socket of one connection, as the driver asks for it. */
  readonly stream: () => Socket;
  /** Ends them in the middle of whatever they do, and each that is still made. */
  cut(): void;
}

export function createConnections(): Connections {
  const sockets = new Set<Socket>();
  let isCut = false;
  return {
    stream() {
      const socket = new Socket();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.once('connect', () => isCut && socket.destroy());
      return socket;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
