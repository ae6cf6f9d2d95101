/** Node-RED: what comes in over HTTP is appended to a file, and answered. It syncs nothing. */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Peer } from '../peer.ts';
import { startServer, tlsFiles, type Server, type StartOptions } from '../servers.ts';

const version = '5.0.7';

export const nodeRed: Peer = {
  name: 'node-red',
  goals: { 1: 2, 20: 1.7, 200: 1.3 },
  async install(folder) {
    const script = path.join(folder, version, 'node_modules/node-red/red.js');
    if (!existsSync(script)) await installInto(path.join(folder, version));
    return (options) => start(script, options);
  },
  async countReports({ dataDir }) {
    let lines = 0;
    for await (const line of createInterface({ input: createReadStream(reportsFile(dataDir)) }))
      if (line.startsWith('{"meta":') && line.endsWith('}')) lines += 1;
    return lines;
  },
};

async function installInto(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const words = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'];
  // Its optional dependency is native code that only a login needs.
  await promisify(execFile)('npm', [...words, '--omit=optional', `node-red@${version}`], { cwd: folder });
}

async function start(script: string, options: StartOptions): Promise<Server> {
  const { dataDir } = options;
  await mkdir(dataDir, { recursive: true });
  await writeFile(path.join(dataDir, 'settings.cjs'), settingsOf(dataDir));
  await writeFile(path.join(dataDir, 'flows.json'), JSON.stringify(flowsOf(dataDir)));
  // It does not say which port it was given.
  const port = await freePort();
  const words = [script, '--userDir', dataDir, '--settings', path.join(dataDir, 'settings.cjs')];
  const server = await startServer([...words, '--port', String(port)], options, createReadiness());
  return { ...server, name: nodeRed.name, url: `https://localhost:${port}/telemetry/bench` };
}

/** It says that its flows are started and that it listens in either order. */
function createReadiness(): (line: string) => boolean {
  const missing = new Set(['Started flows', 'Server now running at']);
  return (line) => {
    for (const words of missing) if (line.includes(words)) missing.delete(words);
    return missing.size === 0;
  };
}

function settingsOf(dataDir: string): string {
  const read = (name: string): string =>
    `require('fs').readFileSync(${JSON.stringify(path.join(dataDir, name))})`;
  return `module.exports = {
  uiHost: '127.0.0.1',
  https: { cert: ${read(tlsFiles.certificate)}, key: ${read(tlsFiles.key)} },
  flowFile: 'flows.json',
  credentialSecret: false,
  httpAdminRoot: false,
  disableEditor: true,
  telemetry: { enabled: false, updateNotification: false },
  diagnostics: { enabled: false, ui: false },
};
`;
}

function flowsOf(dataDir: string): readonly object[] {
  const node = (id: string, next: readonly string[], settings: object): object => {
    return { id, z: 'flow', wires: [next], ...settings };
  };
  const url = '/telemetry/bench';
  const answer = { t: 'set', p: 'payload', pt: 'msg', to: 'stored', tot: 'str' };
  const file = { filename: reportsFile(dataDir), filenameType: 'str', appendNewline: true, encoding: 'none' };
  return [
    { id: 'flow', type: 'tab', label: 'telemetry' },
    node('in', ['append'], { type: 'http in', method: 'post', url }),
    node('append', ['say'], { type: 'file', overwriteFile: 'false', ...file }),
    // Otherwise the answer would be the report itself.
    node('say', ['out'], { type: 'change', rules: [answer] }),
    node('out', [], { type: 'http response', statusCode: '200' }),
  ];
}

function reportsFile(dataDir: string): string {
  return path.join(dataDir, 'reports.ndjson');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
