/** Chance that can be repeated: the same seed gives the same numbers, on every machine. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** From `least` up to, but not, `most`. */
  between(least: number, most: number): number;
  /** A whole number from 0 up to, but not, `below`. */
  integer(below: number): number;
  /** Around 0, with a standard deviation of 1. */
  gaussian(): number;
  /** How many of many rare things happen, where `mean` of them are expected. */
  poisson(mean: number): number;
  /** One of `items`, which are not empty. */
  pick<T>(items: readonly T[]): T;
}

/** Beyond this mean a normal distribution is as good, and takes no longer for more. */
const mostCountedOneByOne = 20;

/**
 * A stream of chance that is named by numbers, a seed first. Streams of different names have nothing to do with each other, so
 * one device more does not change what the others do.
 */
export function createRandom(...name: readonly number[]): Random {
  const next = createGenerator(name);
  const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    next,
    between: (least, most) => least + next() * (most - least),
    integer,
    gaussian,
    poisson(mean) {
      if (mean > mostCountedOneByOne) return Math.max(0, Math.round(mean + gaussian() * Math.sqrt(mean)));
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
    pick: <T>(items: readonly T[]): T => items[integer(items.length)] as T,
  };
}

/** sfc32, by Chris Doty-Humphrey: 128 bits of state, and it passes PractRand. */
function createGenerator(name: readonly number[]): () => number {
  const word = createWords(name);
  let [a, b, c, counter] = [word(), word(), word(), 1];
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** Words that follow from all numbers of a name: the finaliser of MurmurHash3 over a Weyl sequence. */
function createWords(name: readonly number[]): () => number {
  let state = 0;
  const word = (): number => {
    state = (state + 0x9e_37_79_b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85_eb_ca_6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35);
    return mixed ^ (mixed >>> 16);
  };
  for (const number of name) state = word() ^ number;
  return word;
}
