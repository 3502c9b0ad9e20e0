import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
let atServer: Socket[];

beforeEach(async () => {
  atServer = [];
  server = createServer((socket) => {
    atServer.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => socket.write(chunk)); // an echo
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await startProxy((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy.stop();
  atServer.forEach((socket) => socket.destroy());
  await new Promise((resolve) => server.close(resolve));
});

const open = (): Socket => connect(proxy.port, '127.0.0.1').on('error', () => {});

async function hear(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

test('bytes and ends pass both ways', async () => {
  const socket = open();
  const all = text(socket);
  socket.end('hello');
  expect(await all).toBe('hello');
  expect(proxy.connections).toBe(1);
});

test('a connection is cut to the byte, and after healing no more', async () => {
  proxy.cutAfter(7);
  const socket = open();
  socket.write('0123456789');
  expect(await text(socket)).toBe('0123456');
  proxy.heal();
  const next = open();
  next.end('0123456789');
  expect(await text(next)).toBe('0123456789');
});

test('an open connection is cut after so many bytes from now', async () => {
  const socket = open();
  socket.write('first');
  expect(await hear(socket)).toBe('first');
  proxy.cutAfter(3);
  socket.write('second');
  expect(await text(socket)).toBe('sec');
});

test('a black hole swallows and tells nobody; what it held comes after healing', async () => {
  const socket = open();
  socket.write('before ');
  expect(await hear(socket)).toBe('before ');
  proxy.blackhole();
  const mute = open();
  await once(mute, 'connect');
  socket.write('within ');
  const gone = open();
  gone.destroy();
  await once(gone, 'close');
  proxy.heal();
  expect(await hear(socket)).toBe('within ');
  mute.end('late');
  expect(await text(mute)).toBe('late');
});

test('a delay keeps the order', async () => {
  proxy.delay(20);
  const socket = open();
  const all = text(socket);
  const startMs = performance.now();
  for (let i = 0; i < 50; i += 1) socket.write(`${i} `);
  proxy.delay(5);
  socket.end('end');
  expect(await all).toBe(`${Array.from({ length: 50 }, (_, i) => `${i} `).join('')}end`);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(9);
});

test('every connection can be cut at once, and new ones pass', async () => {
  const sockets = [open(), open()];
  for (const socket of sockets) {
    socket.write('x');
    await hear(socket);
  }
  const closed = sockets.map((socket) => once(socket, 'close'));
  proxy.cutAll();
  await Promise.all(closed);
  expect(proxy.openConnections).toBe(0);
  const next = open();
  next.end('y');
  expect(await text(next)).toBe('y');
});

test('a server that is not there ends the connection', async () => {
  const port = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  const socket = open();
  await once(socket, 'close');
  server.listen(port, '127.0.0.1');
});
