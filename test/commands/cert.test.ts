import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { connect } from 'node:tls';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTarget, startChild, temporaryDirectory, type Target } from '../receiver.ts';
import { northbound } from './command-line.ts';

interface Shown {
  readonly role: string;
  readonly file: string;
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  readonly serial: string;
  readonly fingerprint256: string;
}

/** A data directory after a first start and a stop. */
async function startedOnce(t: TestContext): Promise<Target> {
  const target = await openTarget(t);
  await target.stop();
  return target;
}

async function shown(t: TestContext, args: readonly string[]): Promise<Shown[]> {
  const { code, stdout, stderr } = await northbound(t, ['cert', 'show', '--json', ...args]);
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as { certificates: Shown[] }).certificates;
}

/** The serial number that a new connection sees; the certificate is verified. */
async function servedSerial({ url, ca }: Target): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, servername: hostname, port: Number(port), ca });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber.toLowerCase();
}

/** The generated pair in the place of one that an operator brings, and the settings that say so. */
async function bringOwnPair(t: TestContext): Promise<{ args: string[]; certFile: string }> {
  const { dataDir } = await startedOnce(t);
  const folder = await temporaryDirectory(t);
  const [certFile, keyFile] = [path.join(folder, 'own.pem'), path.join(folder, 'own-key.pem')];
  await copyFile(path.join(dataDir, 'tls', 'server.pem'), certFile);
  await copyFile(path.join(dataDir, 'tls', 'server-key.pem'), keyFile);
  return {
    args: ['--data-dir', folder, '--tls-cert-file', certFile, '--tls-key-file', keyFile],
    certFile,
  };
}

test('cert show tells what is served and what APs import, as the files say it', async (t) => {
  const { dataDir } = await startedOnce(t);

  const [server, ca] = await shown(t, ['--data-dir', dataDir]);

  const serverFile = path.join(dataDir, 'tls', 'server.pem');
  const leaf = new X509Certificate(await readFile(serverFile));
  assert.deepEqual([server?.role, server?.file], ['server', serverFile]);
  assert.equal(server?.fingerprint256, leaf.fingerprint256);
  assert.equal(server.serial, leaf.serialNumber.toLowerCase());
  assert.equal(new Date(server.validTo).getTime(), leaf.validToDate.getTime());
  for (const name of ['localhost', '127.0.0.1']) assert.ok(server.names.includes(name), name);
  assert.deepEqual([ca?.role, ca?.file], ['ca', path.join(dataDir, 'tls', 'ca.pem')]);
  assert.equal(server.issuer, ca?.subject);
  assert.match(ca?.subject ?? '', /^CN=Northbound CA [0-9a-f]{8}$/);

  const { stdout } = await northbound(t, ['cert', 'show', '--data-dir', dataDir]);
  assert.match(stdout, /^server {2}\/.*server\.pem$/m);
  assert.ok(stdout.includes(`  SHA-256  ${ca?.fingerprint256}\n`));
});

test('cert renew gives a running receiver a new certificate of the same CA, without a restart', async (t) => {
  const target = await startChild(t, { dataDir: await temporaryDirectory(t) });
  const before = await servedSerial(target);

  const { code, stdout, stderr } = await northbound(t, [
    'cert',
    'renew',
    '--json',
    '--data-dir',
    target.dataDir,
  ]);

  assert.equal(code, 0, stderr);
  assert.match(stderr, /A receiver that runs serves it within 5 s/);
  const [renewed] = (JSON.parse(stdout) as { certificates: Shown[] }).certificates;
  assert.notEqual(renewed?.serial, before);
  const deadline = Date.now() + 15_000;
  let served = before;
  while (served === before && Date.now() < deadline) {
    await sleep(100);
    served = await servedSerial(target);
  }
  assert.equal(served, renewed?.serial);
  assert.equal(target.process.exitCode, null);
});

test('a renewed certificate carries the hosts that the settings ask for, so that no start issues it again', async (t) => {
  const { dataDir } = await startedOnce(t);
  const asked = { NORTHBOUND_TLS_HOSTS: 'aps.example', NORTHBOUND_PUBLIC_URL: 'https://public.example:8443' };
  const renew = await northbound(t, ['cert', 'renew', '--json', '--data-dir', dataDir], {
    environment: asked,
  });
  const [renewed] = (JSON.parse(renew.stdout) as { certificates: Shown[] }).certificates;
  for (const name of ['aps.example', 'public.example', 'localhost'])
    assert.ok(renewed?.names.includes(name), name);

  await (await openTarget(t, { NORTHBOUND_DATA_DIR: dataDir, ...asked })).stop();

  const [server] = await shown(t, ['--data-dir', dataDir]);
  assert.equal(server?.serial, renewed?.serial);
});

test('cert export prints the CA certificate and nothing else, or writes it to a file', async (t) => {
  const { dataDir } = await startedOnce(t);
  const ca = await readFile(path.join(dataDir, 'tls', 'ca.pem'), 'utf8');
  const out = path.join(await temporaryDirectory(t), 'ca.pem');

  const printed = await northbound(t, ['cert', 'export', '--data-dir', dataDir]);
  assert.equal(printed.stdout, ca);
  assert.equal(printed.stderr, `SHA-256 ${new X509Certificate(ca).fingerprint256}\n`);

  const written = await northbound(t, ['cert', 'export', '--out', out, '--data-dir', dataDir]);
  assert.equal(written.code, 0);
  assert.equal(written.stdout, '');
  assert.equal(await readFile(out, 'utf8'), ca);
  assert.equal((await stat(out)).mode & 0o777, 0o644);
});

test('an own pair is shown, and neither renewed nor exported', async (t) => {
  const { args, certFile } = await bringOwnPair(t);
  const before = await readFile(certFile, 'utf8');

  const certificates = await shown(t, args);
  assert.deepEqual(
    certificates.map(({ role, file }) => [role, file]),
    [['server', certFile]],
  );
  for (const action of ['renew', 'export']) {
    const { code, stdout, stderr } = await northbound(t, ['cert', action, ...args]);
    assert.equal(code, 1, action);
    assert.equal(stdout, '');
    assert.match(stderr, /^northbound cert: .*own\.pem is your own/, action);
  }
  assert.equal(await readFile(certFile, 'utf8'), before);
});

test('an own certificate that is not there is a wrong configuration', async (t) => {
  const folder = await temporaryDirectory(t);
  const own = ['--tls-cert-file', path.join(folder, 'a.pem'), '--tls-key-file', path.join(folder, 'b.pem')];
  const { code, stderr } = await northbound(t, ['cert', 'show', ...own]);
  assert.equal(code, 78);
  assert.match(stderr, /a\.pem/);
});

test('before the first start there is nothing to show, renew or export, and nothing is made', async (t) => {
  const dataDir = path.join(await temporaryDirectory(t), 'data');
  for (const action of ['show', 'renew', 'export']) {
    const { code, stdout, stderr } = await northbound(t, ['cert', action, '--data-dir', dataDir]);
    assert.equal(code, 1, action);
    assert.equal(stdout, '');
    assert.match(stderr, /holds no certificate yet: the first start makes it/);
  }
  await assert.rejects(stat(dataDir), { code: 'ENOENT' });
});

for (const args of [[], ['frobnicate'], ['show', 'more'], ['renew', '--out', 'f'], ['export', '--json']])
  test(`cert ${args.join(' ')} is wrong usage`, async (t) => {
    const { code, stderr } = await northbound(t, ['cert', ...args]);
    assert.equal(code, 2);
    assert.match(stderr, /^northbound cert: /);
  });
