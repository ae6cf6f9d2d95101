/** The page that operators look at, and its assets: the files of `src/web/`, and uPlot from its package. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Express, Request, Response } from 'express';
import { Problem } from '../problem.ts';
import { addRoute } from './api/route.ts';

/** Nothing is compiled there, so that `src/edge/` and `dist/edge/` find it at the same place. */
const folder = new URL('../../src/web/', import.meta.url);

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Only our own files, nothing inline, and no text that becomes markup: where the browser knows trusted types, even a mistake of
 * ours could not make markup of what a device calls itself.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly zipped: Buffer;
  readonly tag: string;
}

/** Reads every file, once. They are open to all who reach the listener: what they show is not. */
export function routeWeb(app: Express): void {
  const assets = readAssets();
  addRoute(app, [], {
    path: '/',
    query: [],
    handle(request, response) {
      response.setHeader('Content-Security-Policy', contentSecurityPolicy);
      // It names the assets of this version.
      response.setHeader('Cache-Control', 'no-store');
      answerAsset(request, response, find(assets, 'index.html'));
    },
  });
  addRoute(app, [], {
    path: '/assets/{file}',
    query: [],
    handle(request, response) {
      const { file } = request.params as { file: string };
      // A browser asks each time whether its copy is still right: no copy outlives an upgrade.
      response.setHeader('Cache-Control', 'no-cache');
      answerAsset(request, response, find(assets, file));
    },
  });
}

function find(assets: ReadonlyMap<string, Asset>, file: string): Asset {
  const asset = assets.get(file);
  if (asset === undefined) throw new Problem('not_found', 'The page has no such file: load it anew.');
  return asset;
}

function readAssets(): ReadonlyMap<string, Asset> {
  const chart = new URL('.', import.meta.resolve('uplot'));
  const files: [name: string, file: URL][] = readdirSync(folder).map((name) => [name, new URL(name, folder)]);
  files.push(['uplot.js', new URL('uPlot.esm.js', chart)], ['uplot.css', new URL('uPlot.min.css', chart)]);
  return new Map(
    files.flatMap(([name, file]): [string, Asset][] => {
      const type = types[path.extname(name)];
      return type === undefined ? [] : [[name, readAsset(file, type)]];
    }),
  );
}

function readAsset(file: URL, type: string): Asset {
  const bytes = readFileSync(file);
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`;
  return { type, bytes, zipped: gzipSync(bytes), tag };
}

function answerAsset({ headers }: Request, response: Response, { type, bytes, zipped, tag }: Asset): void {
  response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('ETag', tag);
  if (headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  const takesGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
  const body = takesGzip ? zipped : bytes;
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': body.length,
    ...(takesGzip && { 'Content-Encoding': 'gzip' }),
  });
  response.end(body);
}
