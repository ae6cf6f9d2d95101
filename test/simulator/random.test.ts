import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, type Random } from '../../src/simulator/random.ts';

const mean = (count: number, draw: (random: Random) => number): number => {
  const random = createRandom(1);
  let sum = 0;
  for (let drawn = 0; drawn < count; drawn += 1) sum += draw(random);
  return sum / count;
};

const isNear = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 0.05 * Math.max(1, expected), `${actual} is not near ${expected}`);

test('the same name gives the same numbers, and names that are nearly the same give others', () => {
  const first = (...name: number[]): number => createRandom(...name).next();
  assert.equal(first(1, 2, 3), first(1, 2, 3));
  const names = [[1], [2], [1, 0], [0, 1], [1, 2], [2, 1], [1, 2, 3], [1, 3, 2]];
  assert.equal(new Set(names.map((name) => first(...name))).size, names.length);
});

test('numbers are what they are said to be, in the mean', () => {
  isNear(
    mean(20_000, (random) => random.next()),
    0.5,
  );
  isNear(
    mean(20_000, (random) => random.between(10, 20)),
    15,
  );
  isNear(
    mean(20_000, (random) => random.integer(3)),
    1,
  );
  isNear(
    mean(20_000, (random) => random.gaussian() ** 2),
    1,
  );
  isNear(
    mean(20_000, (random) => random.poisson(0.3)),
    0.3,
  );
  isNear(
    mean(20_000, (random) => random.poisson(100)),
    100,
  );
});

test('something is picked of everything there is', () => {
  const random = createRandom(1);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
  assert.deepEqual([...picked].toSorted(), ['a', 'b', 'c']);
});
