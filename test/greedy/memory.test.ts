import { test } from 'node:test';
import { refuseMany } from './memory.ts';

test('memory stays flat while requests are refused', (t) => refuseMany(t, 3_000));
