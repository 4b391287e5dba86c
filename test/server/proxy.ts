// A TCP proxy between the gateway and a server, to cut, stall and half-close the link without touching either end.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class Proxy implements AsyncDisposable {
  readonly #listener: Server;
  /** Every socket that is not closed yet, so that none outlives the test. */
  readonly #sockets = new Set<Socket>();
  readonly #pairs = new Set<readonly [near: Socket, far: Socket]>();
  #stalled = false;
  #refusing = false;

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  /** Listens on a free loopback port and forwards each connection to `target`. */
  static async to(target: number): Promise<Proxy> {
    // With allowHalfOpen one side's end reaches the other only as an end, as on a wire.
    const listener = createServer({ allowHalfOpen: true });
    const proxy = new Proxy(listener);
    listener.on('connection', (near) => proxy.#accept(near, target));
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Connections now open. */
  get links(): number {
    return this.#pairs.size;
  }

  #accept(near: Socket, target: number): void {
    if (this.#refusing) {
      near.on('error', () => undefined);
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: target, allowHalfOpen: true });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    this.#join(near, far, pair);
    this.#join(far, near, pair);
    if (this.#stalled) for (const socket of pair) socket.pause();
  }

  #join(from: Socket, to: Socket, pair: readonly [Socket, Socket]): void {
    from.setNoDelay(true);
    this.#sockets.add(from);
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (!this.#stalled) from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#pairs.delete(pair);
      to.destroySoon();
    });
  }

  /** Resets every connection; new ones are let through. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  /** From now on every new connection is reset at once, and open ones are cut. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Nothing passes in either direction, and nobody is told; new connections are accepted and stay silent too. */
  stall(): void {
    this.#stalled = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** Ends `stall` and `refuse`; what was held passes. */
  resume(): void {
    this.#stalled = false;
    this.#refusing = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  /** Ends the direction towards the gateway only: it reads an end of file, what it writes still passes. */
  halfClose(): void {
    for (const [near] of this.#pairs) near.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}
