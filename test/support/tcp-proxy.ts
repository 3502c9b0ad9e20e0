import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A wire between a client and a server on this machine, which can be cut, slowed or made to swallow everything. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
  readonly openConnections: number;
  /** Each connection, open or to come, is cut after this many further bytes from the server, to the byte. */
  cutAfter(bytes: number): void;
  /** Nothing passes either way and nobody is told: a half-open peer. New connections are taken and stay mute. */
  blackhole(): void;
  /** Every piece arrives this many milliseconds late, either way; 0 for at once. */
  delay(ms: number): void;
  /** Cuts every open connection; new ones pass. */
  cutAll(): void;
  /** Everything passes as at first; what a black hole kept back arrives late, as it would by retransmission. */
  heal(): void;
  stop(): Promise<void>;
}

interface Weather {
  isBlack: boolean;
  delayMs: number;
  cutAfterBytes: number;
}

/** Starts a proxy on 127.0.0.1 in front of a port of this machine. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const weather: Weather = { isBlack: false, delayMs: 0, cutAfterBytes: Infinity };
  const wires = new Set<Wire>();
  let connections = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    connections += 1;
    const wire = layWire(client, targetPort, weather, () => wires.delete(wire));
    wires.add(wire);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const cutAll = () => wires.forEach((wire) => wire.cut());

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get openConnections() {
      return wires.size;
    },
    cutAfter(bytes) {
      weather.cutAfterBytes = bytes;
      wires.forEach((wire) => wire.countFromHere());
    },
    blackhole() {
      weather.isBlack = true;
    },
    delay(ms) {
      weather.delayMs = ms;
    },
    cutAll,
    heal() {
      Object.assign(weather, { isBlack: false, delayMs: 0, cutAfterBytes: Infinity });
      wires.forEach((wire) => wire.move());
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      cutAll();
      await closed;
    },
  };
}

interface Wire {
  /** Passes on what is due. */
  move(): void;
  countFromHere(): void;
  cut(): void;
}

function layWire(client: Socket, targetPort: number, weather: Weather, onCut: () => void): Wire {
  const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
  let passedBytes = 0;
  let isCut = false;
  const cut = () => {
    if (isCut) return;
    isCut = true;
    client.destroy();
    target.destroy();
    onCut();
  };
  const isBroken = (socket: Socket) => socket.destroyed && !socket.readableEnded;
  const cutIfBroken = () => {
    if (weather.isBlack) return; // the other side does not learn of it
    // A side that closed after a proper end may still have pieces on their way.
    if (isBroken(client) || isBroken(target) || (client.destroyed && target.destroyed)) cut();
  };
  const limited = (piece: Buffer): Buffer => {
    const room = weather.cutAfterBytes - passedBytes;
    passedBytes += Math.min(piece.length, room);
    return piece.length < room ? piece : piece.subarray(0, Math.max(0, room));
  };
  const up = layLane(client, target, weather, (piece) => piece);
  const down = layLane(target, client, weather, limited, () => {
    // What was passed must still arrive: an end rather than a reset.
    if (passedBytes >= weather.cutAfterBytes) client.end(cut);
  });
  for (const socket of [client, target]) {
    socket.setNoDelay(true);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', cutIfBroken);
  }
  return {
    cut,
    move() {
      up();
      down();
      cutIfBroken();
    },
    countFromHere() {
      passedBytes = 0;
    },
  };
}

/** One direction of a wire: a queue of pieces, each with the time it is due. Returns what passes on those that are. */
function layLane(
  source: Socket,
  sink: Socket,
  weather: Weather,
  pass: (piece: Buffer) => Buffer,
  onPassed: () => void = () => {},
): () => void {
  const queue: { readonly piece: Buffer | null; readonly dueMs: number }[] = [];
  let timer: NodeJS.Timeout | null = null;

  const move = () => {
    for (let next = queue[0]; next !== undefined && !weather.isBlack && sink.writable; next = queue[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        timer ??= setTimeout(() => {
          timer = null;
          move();
        }, waitMs);
        return;
      }
      queue.shift();
      if (next.piece === null) sink.end();
      else {
        sink.write(pass(next.piece));
        onPassed();
      }
    }
  };
  const add = (piece: Buffer | null) => {
    queue.push({ piece, dueMs: performance.now() + weather.delayMs });
    move();
  };
  source.on('data', (piece: Buffer) => add(piece));
  source.on('end', () => add(null));
  sink.on('close', () => timer !== null && clearTimeout(timer));
  return move;
}
