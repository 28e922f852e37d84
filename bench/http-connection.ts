import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

/**
 * One kept-alive connection that sends one request after the other and looks only at status and length of the answers: `node:http` took 100 µs a
 * request, which is time of the machine that is measured.
 */
export class HttpConnection {
  readonly #host: string;
  readonly #port: number;
  readonly #head: string;
  #socket: Socket | undefined;
  #received = '';
  #settle: ((status: number) => void) | undefined;

  /** Every body is gzip. */
  constructor(url: URL) {
    this.#host = url.hostname;
    this.#port = Number(url.port);
    this.#head = `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-encoding: gzip\r\ncontent-length: `;
  }

  /** Resolves to the status of the answer; 0 when the connection ended before. One at a time. */
  post(body: Buffer): Promise<number> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#received = '';
      const socket = this.#connected();
      socket.cork();
      socket.write(`${this.#head}${body.length}${HEAD_END}`, 'latin1');
      socket.write(body);
      socket.uncork();
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connected(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const socket = connect(this.#port, this.#host).setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk.toString('latin1')));
    socket.on('error', () => {}); // told by close
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#finish(0);
    });
    this.#socket = socket;
    return socket;
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#received.slice(0, end).toLowerCase();
    const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + HEAD_END.length + length) return;
    const status = Number(head.slice(9, 12));
    if (head.includes('\r\nconnection: close')) {
      const socket = this.#socket;
      this.#socket = undefined;
      socket?.destroy();
    }
    this.#finish(status);
  }

  #finish(status: number): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(status);
  }
}
