/** Malformed and hostile bodies: the right answer each time, nothing stored, everything kept. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openEntries } from '../../src/quarantine/entries.ts';
import { closeAfter, createAgent, openTarget, post } from '../receiver.ts';
import { uniqueReport } from '../reports.ts';
import { series } from '../scrape.ts';
import { corpus } from './corpus.ts';

test('the corpus has at least 300 bodies, and none twice', () => {
  assert.ok(corpus.length >= 300, `${corpus.length} bodies`);
  assert.equal(new Set(corpus.map(({ name }) => name)).size, corpus.length);
});

suite('hostile bodies', () => {
  test('each is answered with the code it deserves, and a refused one is kept and stored nowhere', async (t) => {
    const target = await openTarget(t);
    const agent = createAgent(t, target, 1);
    const entries = openEntries(target.dataDir);
    closeAfter(t, () => entries?.close());
    const wrong: string[] = [];
    for (const { name, body, answer } of corpus) {
      const { status, json } = await post(target, body, { agent });
      const said = status === 200 ? 'stored' : String(json?.['code']);
      if (said !== answer || status >= 500) wrong.push(`${name}: ${status} ${said} in place of ${answer}`);
    }
    assert.deepEqual(wrong, []);
    const stored = corpus.filter(({ answer }) => answer === 'stored').length;
    assert.deepEqual(await series(target, 'reports_stored_total'), { 'source="telemetry-https"': stored });
    const kept = [...(entries?.list() ?? [])].map(({ id }) => entries?.body(id)?.toString('base64'));
    const refused = corpus
      .filter(({ answer }) => answer !== 'stored')
      .map(({ body }) => body.toString('base64'));
    assert.deepEqual(new Set(kept), new Set(refused));
    assert.equal((await post(target, uniqueReport(), { agent })).status, 200, 'it serves on');
    t.diagnostic(`${corpus.length} bodies, ${refused.length} refused and kept, ${stored} stored`);
  });
});
