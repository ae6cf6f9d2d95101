/** schemas/openapi.json and the code say the same. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { apiRoutes } from '../../../src/edge/api/api.ts';
import { openEvents } from '../../../src/edge/api/events.ts';
import { createOpsApp, type OpsOptions } from '../../../src/edge/ops.ts';
import { createLimitMonitor } from '../../../src/limits/monitor.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { Problem, problemKinds, type ProblemCode } from '../../../src/problem.ts';
import { closeAfter } from '../../receiver.ts';
import { assertProblem } from '../problem.ts';
import { ask, follow, openApi } from './description.ts';

/** An ops app of a receiver that is still opening its store. */
function opsOptions(): OpsOptions {
  const limits = { activeAps: 20, reportIntervalSeconds: 60 };
  const monitor = createLimitMonitor({ limits, now: () => 0, warn() {} });
  const watched = { limits, monitor, crossings: () => 0 };
  return {
    log: pino({ level: 'silent' }),
    metrics: createMetrics({ version: '0', node: '0' }),
    caPem: () => undefined,
    authenticate() {},
    signIn: undefined,
    setup: { describe: starting, profile: starting },
    checks: [],
    hosts: () => new Set(['localhost']),
    limits: watched,
    events: openEvents(watched),
    find: () => undefined,
    startedAt: new Date(),
  };
}

/** What a setup says before the listener for APs is open. */
function starting(): never {
  throw new Problem('store_unavailable', 'The listener for APs is not open: Northbound is starting.');
}

/** What Express knows of its routes. */
interface Routed {
  readonly router: {
    readonly stack: readonly {
      readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
    }[];
  };
}

test('the paths and methods are those of the ops app, and the other way round', () => {
  const { router } = createOpsApp(opsOptions()) as unknown as Routed;
  const routed = router.stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    return ['get', 'post', 'delete']
      .filter((method) => route.methods[method])
      .map((method) => `${method} ${path}`);
  });
  const described = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(described.toSorted(), routed.toSorted());
});

test('the parameters are those that each route understands, and the other way round', () => {
  for (const { path, query } of apiRoutes(opsOptions())) {
    const described = (openApi.paths[path]?.get?.parameters ?? []).map((parameter) =>
      follow<{ name: string; in: string }>(parameter),
    );
    const namesIn = (place: string): string[] =>
      described.filter((parameter) => parameter.in === place).map(({ name }) => name);
    assert.deepEqual(namesIn('query').toSorted(), query.toSorted(), path);
    assert.deepEqual(
      namesIn('path'),
      Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name),
      path,
    );
  }
});

/** What only a report meets that is on its way in, or any request before a route takes it. */
const elsewhere: ProblemCode[] = [
  'disk_reserve',
  'expectation_failed',
  'headers_too_large',
  'method_not_allowed',
  'request_timeout',
  'unsupported_encoding',
];

test('every problem code is described under its status, or is one that the API never answers', () => {
  const responses = Object.values(openApi.paths).flatMap((methods) =>
    Object.values(methods).flatMap((operation) => Object.entries(operation?.responses ?? {})),
  );
  const described = new Set<string>(elsewhere);
  for (const [status, response] of responses)
    for (const code of codesOf(follow(response))) {
      assert.equal(String(problemKinds[code].status), status, code);
      described.add(code);
    }
  assert.deepEqual([...described].toSorted(), Object.keys(problemKinds).toSorted());
});

interface ProblemSchema {
  readonly properties?: { readonly code?: { readonly enum?: ProblemCode[] } };
}

function codesOf({ content }: { content?: Record<string, { schema?: object }> }): ProblemCode[] {
  const schema: ProblemSchema | undefined = content?.['application/problem+json']?.schema;
  return schema?.properties?.code?.enum ?? [];
}

test('every part of it is used, and every reference leads somewhere', () => {
  const text = JSON.stringify(openApi);
  const used = new Set(
    Array.from(text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g), ([, name = '']) => name),
  );
  const there = Object.entries(openApi.components).flatMap(([kind, parts]) =>
    kind === 'securitySchemes' ? [] : Object.keys(parts).map((name) => `${kind}/${name}`),
  );
  // What events hold is no answer that a schema describes.
  assert.deepEqual(
    there.filter((name) => !used.has(name)),
    ['schemas/ReportEvents'],
  );
  assert.deepEqual(
    [...used].filter((name) => !there.includes(name)),
    [],
  );
});

test('while the store is being opened, what needs it is 503, and the rest is answered', async (t) => {
  const server = createServer(createOpsApp(opsOptions()));
  closeAfter(t, () => server.close());
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const target = { opsUrl: `http://localhost:${(server.address() as AddressInfo).port}` };
  const open = new Set([
    '/',
    '/assets/page.js',
    '/healthz',
    '/readyz',
    '/ca.pem',
    '/metrics',
    '/openapi.json',
    '/api/v1/limits',
    '/api/v1/session',
  ]);
  for (const template of Object.keys(openApi.paths)) {
    const method = openApi.paths[template]?.post === undefined ? 'GET' : 'POST';
    const path = template
      .replace('{mac}', '060000000000')
      .replace('{id}', '0'.repeat(32))
      .replace('{file}', 'page.js');
    const query = path.endsWith('/profile') ? '?platform=instant' : '';
    const answer = await ask(target, `${path}${query}`, { method, headers: { Origin: target.opsUrl } });
    if (open.has(path)) assert.notEqual(answer.status, 503, path);
    else assertProblem(answer, 503, 'store_unavailable');
  }
});
