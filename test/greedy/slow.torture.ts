import { test } from 'node:test';
import { postBesideSlowSenders } from './slow.ts';

test('500 slow connections do not keep an AP that behaves from its answers', (t) =>
  postBesideSlowSenders(t, 500, 500));
