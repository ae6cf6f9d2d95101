/** One TLS connection that posts, and hears an answer before it posts again. */
import { connect } from 'node:tls';

export interface Connection {
  /** Sends the bytes, which must not change until the whole answer is here. */
  post(request: Buffer): void;
  /** Who is told the status of each answer. */
  hear(answered: (status: number) => void): void;
  /** Rejects when the other side closes the connection. Never resolves. */
  readonly broken: Promise<never>;
  close(): void;
}

/** Resolves when the handshake is done. */
export async function openConnection(host: string, port: number, ca: Buffer): Promise<Connection> {
  const socket = connect({ host, port, ca, servername: 'localhost' }).setNoDelay();
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { promise: broken, reject } = Promise.withResolvers<never>();
  socket.on('error', reject);
  socket.once('close', () => reject(new Error('the server closed a connection')));
  return {
    post: (request) => void socket.write(request),
    hear: (answered) => void socket.on('data', createAnswerReader(answered)),
    broken,
    close() {
      socket.removeAllListeners('close').destroy();
    },
  };
}

const headEnd = Buffer.from('\r\n\r\n');
const statusAt = 'HTTP/1.1 '.length;

/** @returns what takes the chunks of a connection and tells each answer's status once, when all of it is here. */
export function createAnswerReader(answered: (status: number) => void): (chunk: Buffer) => void {
  let pending: Buffer | undefined;
  let usualLength = 0;
  return (chunk) => {
    // Answers to reports of one size are all as long as the first one was, and come in one piece: no text is looked at then.
    if (pending === undefined && chunk.length === usualLength && isOk(chunk)) {
      answered(200);
      return;
    }
    pending = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    const length = lengthOf(pending);
    if (length === undefined || pending.length < length) return;
    const status = Number(pending.toString('latin1', statusAt, statusAt + 3));
    if (status === 200) usualLength = length;
    pending = undefined;
    answered(status);
  };
}

function isOk(answer: Buffer): boolean {
  return answer[statusAt] === 0x32 && answer[statusAt + 1] === 0x30 && answer[statusAt + 2] === 0x30;
}

/** How long the whole answer is, once its head is here. */
function lengthOf(answer: Buffer): number | undefined {
  const headLength = answer.indexOf(headEnd);
  if (headLength < 0) return undefined;
  const head = answer.toString('latin1', 0, headLength);
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer does not say how long it is: ${head}`);
  return headLength + headEnd.length + Number(length);
}
