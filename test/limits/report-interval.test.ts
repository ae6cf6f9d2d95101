import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPost, createReportInterval, longestReportSpanMs } from '../../src/limits/report-interval.ts';

/** One post: seconds by our clock, then the AP's clock where it told one. */
type PostAt = readonly [atSeconds: number, reporterTime?: number];

function intervalOf(posts: readonly PostAt[], limitSeconds = 60) {
  const stream = createReportInterval();
  const longestSpanMs = longestReportSpanMs(limitSeconds);
  let reports = 0;
  for (const [atSeconds, reporterTime] of posts) {
    if (addPost(stream, { receivedAtMonotonicMs: atSeconds * 1000, reporterTime }, longestSpanMs))
      reports += 1;
  }
  return { reports, seconds: stream.intervalsMs.map((ms) => ms / 1000), medianSeconds: stream.medianSeconds };
}

/** Posts `everySeconds` apart, the first one at that time; `clock` is what the AP says of the time. */
function steadyPosts(
  count: number,
  everySeconds: number,
  clock: (atSeconds: number) => number | undefined,
): PostAt[] {
  return Array.from({ length: count }, (_, index) => {
    const atSeconds = (index + 1) * everySeconds;
    const reporterTime = clock(atSeconds);
    return reporterTime === undefined ? [atSeconds] : [atSeconds, reporterTime];
  });
}

const trueClock = (atSeconds: number) => 1_700_000_000 + Math.floor(atSeconds);
const noClock = () => undefined;
const stoppedClock = () => 0;

test('the median is unknown with 2 intervals and known with 3', () => {
  assert.equal(intervalOf(steadyPosts(3, 60, trueClock)).medianSeconds, undefined);
  assert.equal(intervalOf(steadyPosts(4, 60, trueClock)).medianSeconds, 60);
});

test('the median of an even number of intervals lies between the two in the middle', () => {
  assert.equal(intervalOf([[0], [10], [30], [60], [100]]).medianSeconds, 25);
});

test('only the last 9 intervals count', () => {
  const slowThenFast = [
    ...steadyPosts(10, 600, trueClock),
    ...steadyPosts(9, 60, trueClock).map(after(6000)),
  ];
  const { seconds, medianSeconds } = intervalOf(slowThenFast);
  assert.equal(seconds.length, 9);
  assert.equal(medianSeconds, 60);
});

test('one long pause does not move the median', () => {
  assert.equal(intervalOf([[0], [60], [120], [7000], [7060], [7120]]).medianSeconds, 60);
});

test('a report split over three posts counts once, from first post to first post', () => {
  const { reports, seconds } = intervalOf([
    ...([
      [0, 100],
      [2, 100],
      [9, 100],
    ] satisfies PostAt[]),
    ...([
      [120, 220],
      [121, 220],
      [122, 220],
    ] satisfies PostAt[]),
    ...([
      [240, 340],
      [255, 340],
      [260, 340],
    ] satisfies PostAt[]),
  ]);
  assert.equal(reports, 3);
  assert.deepEqual(seconds, [120, 120]);
});

test('posts under 0.5 s apart are one report, whatever the AP says of the time', () => {
  assert.equal(intervalOf([[0, 100], [0.4, 101], [0.8], [1.2, 7]]).reports, 1);
});

test('posts 0.5 s apart with different times are two reports', () => {
  assert.deepEqual(
    intervalOf([
      [0, 100],
      [0.5, 101],
    ]).seconds,
    [0.5],
  );
});

test('an absent reporter.time is equal to nothing, so slow posts without one are reports of their own', () => {
  assert.deepEqual(intervalOf([[0], [5], [10]]).seconds, [5, 5]);
});

test('a clock that jumps back changes no interval', () => {
  assert.deepEqual(
    intervalOf([
      [0, 900],
      [60, 960],
      [120, 3],
      [180, 63],
    ]).seconds,
    [60, 60, 60],
  );
});

test('a clock that stands still hides no interval longer than the longest report', () => {
  assert.equal(intervalOf(steadyPosts(12, 120, stoppedClock)).medianSeconds, 120);
  assert.equal(intervalOf(steadyPosts(12, 45, stoppedClock)).medianSeconds, 45);
});

test('a clock that stands still never hides a stream at or below the limit', () => {
  for (const limitSeconds of [1, 10, 60, 600]) {
    for (const share of [0.05, 0.3, 0.49, 0.5, 0.51, 0.7, 1]) {
      const posts = steadyPosts(2000, limitSeconds * share, stoppedClock);
      const { medianSeconds } = intervalOf(posts, limitSeconds);
      assert.ok(
        medianSeconds !== undefined && medianSeconds <= limitSeconds,
        `${share} of ${limitSeconds} s`,
      );
    }
  }
});

test('a flood of posts under 0.5 s apart is not one report for ever', () => {
  const { medianSeconds } = intervalOf(steadyPosts(1000, 0.2, trueClock));
  assert.ok(medianSeconds !== undefined && medianSeconds <= 60);
});

test('a post that comes out of order never makes a negative interval', () => {
  assert.deepEqual(
    intervalOf([
      [0, 100],
      [120, 220],
      [119.99, 219],
      [60, 160],
      [240, 340],
    ]).seconds,
    [120, 120],
  );
});

test('a post that comes out of order does not cut a burst short', () => {
  assert.equal(
    intervalOf([
      [0, 100],
      [0.4, 101],
      [0.1, 102],
      [0.7, 103],
    ]).reports,
    1,
  );
});

test('posts without a clock keep their rate', () => {
  assert.equal(intervalOf(steadyPosts(5, 61, noClock)).medianSeconds, 61);
});

function after(startSeconds: number) {
  return ([atSeconds, reporterTime]: PostAt): PostAt =>
    reporterTime === undefined
      ? [startSeconds + atSeconds]
      : [startSeconds + atSeconds, startSeconds + reporterTime];
}
