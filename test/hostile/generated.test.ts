import { test } from 'node:test';
import { postGenerated } from './generated-rounds.ts';

test('whatever is posted, the answer is 200, 400 or 422, and what was stored is what was acknowledged', (t) =>
  postGenerated(t, 300));
