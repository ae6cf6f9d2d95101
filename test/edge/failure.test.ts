/** What goes wrong after an answer was given is ours alone. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { answerFailure } from '../../src/edge/failure.ts';
import { closeAfter } from '../receiver.ts';

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closeAfter(t, () => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bug = new Error('a bug');

test('an answer that was given stands when what follows it fails, and the bug is logged', async (t) => {
  const logged: [Error, string][] = [];
  const url = await serve(t, (request, response) => {
    response.end('the receipt');
    answerFailure({ request, response, logBug: (...said) => void logged.push(said) }, bug);
  });
  const answer = await fetch(url, { headers: { Connection: 'close' } });
  assert.deepEqual([answer.status, await answer.text()], [200, 'the receipt']);
  assert.deepEqual(logged, [[bug, 'after the answer']]);
});

test('an answer that failed halfway is cut, so that nobody takes it for whole', async (t) => {
  const logged: [Error, string][] = [];
  const url = await serve(t, (request, response) => {
    response.writeHead(200, { 'Content-Length': 100 });
    response.write('the rec', () =>
      answerFailure({ request, response, logBug: (...said) => void logged.push(said) }, bug),
    );
  });
  const answer = await fetch(url, { headers: { Connection: 'close' } });
  await assert.rejects(answer.text());
  assert.deepEqual(logged, [[bug, 'after the answer']]);
});
