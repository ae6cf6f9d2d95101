import { test } from 'node:test';
import { refuseMany } from './memory.ts';

test('after 100 000 refused requests memory is where it was', (t) => refuseMany(t, 100_000));
