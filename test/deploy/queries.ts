/** What the dashboards ask Prometheus. */
import { dashboards } from './files.ts';

/** Every query of every panel, as it stands there. */
export const dashboardQueries: readonly string[] = [...dashboards.values()].flatMap(({ panels }) =>
  panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
);

/** What the variables are to be chosen from: the values of a label. */
export const variableQueries: readonly { readonly selector: string; readonly label: string }[] = [
  ...dashboards.values(),
].flatMap(({ templating }) =>
  templating.list.flatMap(({ definition = '' }) => {
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
    return selector === undefined || label === undefined ? [] : [{ selector, label }];
  }),
);

/** As Grafana fills in its variables; those of the dashboard with `values`, or with anything. */
export function filledIn(query: string, values: Readonly<Record<string, string>> = {}): string {
  return query
    .replaceAll('$__rate_interval', '1m')
    .replaceAll(/\$(\w+)/g, (_variable, name: string) => values[name] ?? '.*');
}
