/** The files that deploy Northbound, parsed. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from '../receiver.ts';

/** The text of a file of the repository. */
export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

export interface Service {
  readonly image: string;
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly restart: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

type ServiceName =
  'northbound' | 'prometheus' | 'grafana' | 'balancer' | 'northbound-1' | 'northbound-2' | 'postgres';

interface Compose {
  readonly services: Readonly<Record<ServiceName, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

export const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;

export interface PrometheusConfig {
  global: Record<string, string>;
  rule_files: string[];
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}

export const prometheusFolder = 'deploy/prometheus';

/** The Prometheus configuration of docker-compose.yml; a copy that may be changed. */
export function readPrometheusConfig(): PrometheusConfig {
  return parse(read(`${prometheusFolder}/prometheus.yml`)) as PrometheusConfig;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

export interface RuleFile<Rule> {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export function readRuleFile<Rule>(name: string): RuleFile<Rule> {
  return parse(read(`${prometheusFolder}/${name}`)) as RuleFile<Rule>;
}

export const recordingRules = readRuleFile<RecordingRule>('rules.yml').groups.flatMap(({ rules }) => rules);
export const alertingRules = readRuleFile<AlertingRule>('alerts.yml').groups.flatMap(({ rules }) => rules);

export interface Query {
  readonly refId: string;
  readonly expr: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets?: readonly Query[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly links: readonly { readonly url: string }[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** Every dashboard, by the name of its file. */
export const dashboards: ReadonlyMap<string, Dashboard> = new Map(
  globSync('deploy/grafana/dashboards/*.json', { cwd: root }).map((file) => [
    path.basename(file, '.json'),
    JSON.parse(read(file)) as Dashboard,
  ]),
);
