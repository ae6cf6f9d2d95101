/** `node ceiling-server.ts <directory with server.pem and server-key.pem>`: collects a body, parses it, answers 200. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const [directory = ''] = process.argv.slice(2);
const [cert, key] = ['server.pem', 'server-key.pem'].map((name) => readFileSync(path.join(directory, name)));

const server = createServer({ cert, key, keepAliveTimeout: 600_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const report = JSON.parse(Buffer.concat(chunks).toString()) as { reported: unknown[] };
    const answer = `{"status":"parsed","observations":${report.reported.length}}`;
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Content-Length', answer.length);
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
