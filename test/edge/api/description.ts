/** schemas/openapi.json as a judge of answers. */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readOpenApi } from '../../../src/schemas.ts';
import type { Answer, Target } from '../../receiver.ts';

interface Response {
  readonly content: Record<string, { schema?: object }>;
}

interface Operation {
  readonly parameters?: readonly { $ref: string }[];
  readonly responses: Record<string, { $ref: string } | Response>;
}

interface OpenApi {
  readonly paths: Record<string, Record<'get' | 'post', Operation | undefined>>;
  readonly components: {
    readonly responses: Record<string, Response>;
    readonly schemas: Record<string, object>;
  };
}

export const openApi = readOpenApi() as OpenApi;

// Formats are notes beside patterns; and what is not a schema is no fault of a schema.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(openApi, 'openapi');

/** What a `$ref` leads to, or the thing itself. */
export function follow<Thing extends object>(it: Thing | { $ref: string }): Thing {
  if (!('$ref' in it)) return it;
  const found: unknown = it.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((place, name) => (place as Record<string, unknown>)[name], openApi);
  return found as Thing;
}

/** Asserts that a value is what `components.schemas` says of it. */
export function assertSchema(name: string, value: unknown): void {
  const schema = { $ref: `openapi#/components/schemas/${name}` };
  assert.ok(ajv.validate(schema, value), `${name}: ${ajv.errorsText()}\n${JSON.stringify(value)}`);
}

/** Asserts that an answer is one of those that the description has for the operation. */
export function assertDescribed(method: 'get' | 'post', path: string, answer: Answer): void {
  const [template, methods] =
    Object.entries(openApi.paths).find(([it]) => patternOf(it).test(path)) ??
    assert.fail(`no path for ${path}`);
  const described = methods[method]?.responses[answer.status];
  assert.ok(described, `${method} ${template} answers ${answer.status} ${answer.text}`);
  const mediaType = String(answer.headers['content-type']).split(';', 1)[0] ?? '';
  const media = follow<Response>(described).content[mediaType];
  assert.ok(media, `${method} ${template} answers ${answer.status} as ${mediaType}`);
  if (!mediaType.endsWith('json') || answer.text === '') return;
  const holder = { $ref: `openapi#${pointerTo(template, method, answer.status, mediaType)}` };
  assert.ok(
    ajv.validate(holder, answer.json),
    `${method} ${template} ${answer.status}: ${ajv.errorsText()}\n${answer.text}`,
  );
}

function pointerTo(path: string, method: 'get' | 'post', status: number, mediaType: string): string {
  const response = openApi.paths[path]?.[method]?.responses[status];
  const place =
    response !== undefined && '$ref' in response
      ? response.$ref.slice(1).split('/').slice(1)
      : ['paths', path, method, 'responses', String(status)];
  const names = [...place, 'content', mediaType, 'schema'];
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function patternOf(template: string): RegExp {
  const quoted = template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${quoted}$`);
}

export interface BodyAnswer extends Answer {
  readonly bytes: Buffer;
}

/** Asks the ops listener, which has to be plain HTTP; whatever it answers has to be in the description. */
export async function ask(
  { opsUrl }: Pick<Target, 'opsUrl'>,
  target: string,
  {
    method = 'GET',
    headers = {},
  }: { method?: 'GET' | 'HEAD' | 'POST'; headers?: Record<string, string> } = {},
): Promise<BodyAnswer> {
  const response = await fetch(`${opsUrl}${target}`, {
    method,
    headers: { Connection: 'close', ...headers },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString();
  const isJson = String(response.headers.get('content-type')).includes('json') && text !== '';
  const answer: BodyAnswer = {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : undefined,
    bytes,
  };
  const path = target.split('?', 1)[0] ?? '';
  assertDescribed(method === 'POST' ? 'post' : 'get', path, answer);
  if (path.startsWith('/api/')) assert.equal(answer.headers['cache-control'], 'no-store');
  return answer;
}

/** The JSON of an answer that has to be 200. */
export async function get(target: Pick<Target, 'opsUrl'>, path: string): Promise<Record<string, unknown>> {
  const answer = await ask(target, path);
  assert.equal(answer.status, 200, answer.text);
  return answer.json ?? {};
}

/** A list, from its first page to its last. */
export async function getAll(
  target: Pick<Target, 'opsUrl'>,
  path: string,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for (let next = ''; ;) {
    const page = (await get(target, `${path}${next}`)) as {
      items: Record<string, unknown>[];
      next: string | null;
    };
    items.push(...page.items);
    if (page.next === null) return items;
    next = `${path.includes('?') ? '&' : '?'}cursor=${page.next}`;
  }
}
