/** A real Prometheus, with the rules that are deployed, and nothing that waits for minutes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { closeAfter, root, temporaryDirectory } from '../receiver.ts';
import { prometheusFolder, readPrometheusConfig, readRuleFile, type AlertingRule } from './files.ts';

/** One series of an answer, with its value of the moment. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Prometheus {
  /** The `data` that its API answers. */
  api(path: string): Promise<unknown>;
  /** @throws {Error} when the expression is refused. */
  query(expression: string): Promise<readonly Sample[]>;
}

/**
 * Starts the Prometheus that is installed, with the deployed configuration save for the target, and with seconds in place
 * of the minutes. Resolves when it is ready; it is killed after the test.
 */
export async function startPrometheus(t: TestContext, target: string): Promise<Prometheus> {
  const folder = await temporaryDirectory(t);
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${await writeConfig(folder, target)}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = text(child.stderr);
  closeAfter(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([untilReady(url), ended.then((said) => assert.fail(`Prometheus has ended: ${said}`))]);
  return createClient(url);
}

function createClient(url: string): Prometheus {
  const api = async (place: string): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1/${place}`);
    const { data, error } = (await answer.json()) as { data?: unknown; error?: string };
    if (!answer.ok) throw new Error(`${place}: ${error}`);
    return data;
  };
  return {
    api,
    async query(expression) {
      const answer = await api(`query?query=${encodeURIComponent(expression)}`);
      return (answer as { result: readonly Sample[] }).result;
    },
  };
}

async function writeConfig(folder: string, target: string): Promise<string> {
  const config = readPrometheusConfig();
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  for (const { static_configs: configs } of config.scrape_configs)
    for (const it of configs) it.targets = [target];
  const alerts = readRuleFile<AlertingRule>('alerts.yml');
  const hasty = alerts.groups.map(({ name, rules }) => ({
    name,
    rules: rules.map((rule) => ({
      ...rule,
      for: '2s',
      ...(rule.keep_firing_for && { keep_firing_for: '2s' }),
    })),
  }));
  await writeFile(path.join(folder, 'alerts.yml'), stringify({ groups: hasty }));
  config.rule_files = [path.join(root, prometheusFolder, 'rules.yml'), 'alerts.yml'];
  const file = path.join(folder, 'prometheus.yml');
  await writeFile(file, stringify(config));
  return file;
}

/** Prometheus does not say which port it was given, so it has to be told one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilReady(url: string): Promise<void> {
  while (
    !(await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(100);
}
