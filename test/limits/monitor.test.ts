import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitWarning } from '../../src/limits/limit-warning.ts';
import { createLimitMonitor, type AnsweredReport, type LimitMonitor } from '../../src/limits/monitor.ts';

const minute = 60;
const hour = 60 * minute;

/** A monitor with a clock that only moves when told, in seconds, and the warnings it gave. */
function watched(maxStreams?: number) {
  const clock = { seconds: 1000 };
  const warnings: LimitWarning[] = [];
  const monitor = createLimitMonitor({
    limits: { activeAps: 20, reportIntervalSeconds: 60 },
    now: () => clock.seconds * 1000,
    warn: (warning) => warnings.push(warning),
    ...(maxStreams === undefined ? {} : { maxStreams }),
  });

  function report(ap: string, rest: Partial<AnsweredReport> = {}): void {
    const receivedAtMonotonicMs = clock.seconds * 1000;
    monitor.observe({ profile: 'ble', ap, receivedAtMonotonicMs, duplicate: false, ...rest });
  }

  /** The first report now, then one after each interval. */
  function reportEvery(intervalSeconds: number, count: number, ap = 'ap-1'): void {
    for (let reports = 0; reports < count; reports += 1) {
      if (reports > 0) clock.seconds += intervalSeconds;
      report(ap);
    }
  }

  function pass(seconds: number): void {
    clock.seconds += seconds;
    monitor.sweep();
  }

  const told = () => warnings.map(({ name, kind, figure }) => `${name} ${kind} ${figure}`);
  return { monitor, clock, warnings, told, report, reportEvery, pass };
}

/** `<profile> of <AP>` for every active stream. */
function streamsOf(monitor: LimitMonitor): string[] {
  return Array.from(monitor.streams(), ({ profile, ap }) => `${profile} of ${ap}`);
}

function medians(monitor: LimitMonitor): (number | undefined)[] {
  return Array.from(monitor.streams(), ({ medianSeconds }) => medianSeconds);
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `ap-${index + 1}`);
}

test('19 active APs do not warn, and the 20th warns at once', () => {
  const { monitor, warnings, report } = watched();
  for (const ap of names(19)) report(ap);
  assert.equal(monitor.activeAps(), 19);
  assert.equal(monitor.exceeded().active_aps, false);
  assert.deepEqual(warnings, []);
  report('ap-20');
  assert.equal(monitor.exceeded().active_aps, true);
  assert.deepEqual(warnings, [
    {
      name: 'active_aps',
      kind: 'crossed',
      figure: 20,
      limit: 20,
      remedy: 'let fewer than 20 APs report, or move the profiles to Telemetry-Websocket',
    },
  ]);
});

test('more APs and more reports do not warn again, and one AP too few ends the warning', () => {
  const { monitor, clock, told, report, pass } = watched();
  for (const ap of names(25)) report(ap);
  clock.seconds += 119 * minute;
  for (const ap of names(19)) report(ap);
  pass(2 * minute);
  assert.equal(monitor.activeAps(), 19);
  assert.equal(monitor.exceeded().active_aps, false);
  assert.deepEqual(told(), ['active_aps crossed 20', 'active_aps ended 19']);
});

test('a 20th AP does not warn when one of the others is silent by then, though no sweep has seen it', () => {
  const { monitor, clock, told, report } = watched();
  report('ap-1');
  clock.seconds += 2 * hour + 1;
  for (const ap of names(20).slice(1)) report(ap);
  assert.equal(monitor.activeAps(), 19);
  report('ap-21');
  assert.deepEqual(told(), ['active_aps crossed 20']);
});

test('20 streams of 10 APs are 10 active APs', () => {
  const { monitor, warnings, report } = watched();
  for (const ap of names(10)) for (const profile of ['ble', 'tags']) report(ap, { profile });
  assert.equal(monitor.activeAps(), 10);
  assert.deepEqual(warnings, []);
});

for (const [intervalSeconds, over] of [
  [59, true],
  [60, true],
  [60.02, true],
  [60.5, false],
  [61, false],
] as const) {
  test(`a report every ${intervalSeconds} s ${over ? 'warns' : 'does not warn'}`, () => {
    const { monitor, warnings, reportEvery } = watched();
    reportEvery(intervalSeconds, 20);
    assert.equal(monitor.apsOverLimit(), over ? 1 : 0);
    assert.equal(monitor.exceeded().report_interval, over);
    assert.equal(warnings.length, over ? 1 : 0);
  });
}

test('the warning of an interval tells AP, profile, figure, limit and remedy, with the third interval', () => {
  const { warnings, report, reportEvery, clock } = watched();
  reportEvery(60.02, 3);
  assert.deepEqual(warnings, []);
  clock.seconds += 60.02;
  report('ap-1');
  assert.deepEqual(warnings, [
    {
      name: 'report_interval',
      kind: 'crossed',
      profile: 'ble',
      ap: 'ap-1',
      figure: 60,
      limit: 60,
      remedy: 'raise the report interval to more than 60 s, or move the profile to Telemetry-Websocket',
      silent: false,
    },
  ]);
});

test('a report every 120 s in three posts is an interval of 120 s', () => {
  const { monitor, clock, warnings, report } = watched();
  for (let reporterTime = 0; reporterTime < 1200; reporterTime += 120) {
    for (const pause of [3, 4, 113]) {
      report('ap-1', { reporterTime });
      clock.seconds += pause;
    }
  }
  assert.deepEqual(medians(monitor), [120]);
  assert.deepEqual(warnings, []);
});

test('four profiles of one AP at 120 s each do not warn, though the AP posts every 30 s', () => {
  const { monitor, clock, warnings, report } = watched();
  for (let posts = 0; posts < 40; posts += 1) {
    report('ap-1', { profile: `profile-${posts % 4}` });
    clock.seconds += 30;
  }
  assert.deepEqual(medians(monitor), [120, 120, 120, 120]);
  assert.deepEqual(warnings, []);
});

test('duplicates never change the interval', () => {
  const { monitor, clock, warnings, report } = watched();
  for (let reports = 0; reports < 10; reports += 1) {
    report('ap-1');
    for (const pause of [0.1, 29.9, 31]) {
      clock.seconds += pause;
      report('ap-1', { duplicate: true });
    }
    clock.seconds += 60;
  }
  assert.deepEqual(medians(monitor), [121]);
  assert.deepEqual(warnings, []);
});

test('duplicates keep an AP active, and make one active', () => {
  const { monitor, report, reportEvery, pass } = watched();
  report('ap-2', { duplicate: true });
  assert.equal(monitor.activeAps(), 1);
  reportEvery(100, 5);
  pass(14 * minute);
  report('ap-1', { duplicate: true });
  pass(14 * minute);
  assert.equal(monitor.activeAps(), 2);
  pass(2 * minute);
  assert.deepEqual(streamsOf(monitor), ['ble of ap-2']);
});

test('a raised interval ends the warning with the third report whose median is above the limit', () => {
  const { monitor, told, clock, report, reportEvery } = watched();
  reportEvery(30, 10);
  // The fifth interval of 120 s makes the median of the last nine 120 s.
  for (let reports = 0; reports < 6; reports += 1) {
    clock.seconds += 120;
    report('ap-1');
  }
  assert.equal(monitor.apsOverLimit(), 1);
  clock.seconds += 120;
  report('ap-1');
  assert.equal(monitor.apsOverLimit(), 0);
  assert.deepEqual(told(), ['report_interval crossed 30', 'report_interval ended 120']);
});

test('the posts of a split report are one of the 3 reports that end a warning', () => {
  const { monitor, clock, report, reportEvery } = watched();
  reportEvery(30, 4);
  // Of three intervals of 30 s and three of 120 s, the median is 75 s: the first report above the limit.
  for (let reports = 0; reports < 3; reports += 1) {
    clock.seconds += 119.8;
    for (let posts = 0; posts < 3; posts += 1) {
      report('ap-1');
      clock.seconds += 0.1;
    }
    clock.seconds -= 0.1;
  }
  const [medianSeconds] = medians(monitor);
  assert.equal(Math.round(medianSeconds ?? 0), 75);
  assert.equal(monitor.apsOverLimit(), 1);
});

test('an interval that jitters around 60 s warns once', () => {
  const { told, clock, report } = watched();
  const jitterSeconds = [0, 0.9, -0.8, 0.7, -0.2, 0.8, 0.9, -0.9, 0.1, 0.6, -0.7];
  for (let reports = 0; reports < 500; reports += 1) {
    report('ap-1');
    clock.seconds += 60 + (jitterSeconds[reports % jitterSeconds.length] ?? 0);
  }
  assert.deepEqual(told(), ['report_interval crossed 60']);
});

test('silence ends the warning, and says that it was silence', () => {
  const { monitor, warnings, told, reportEvery, pass } = watched();
  reportEvery(30, 10);
  pass(15 * minute);
  assert.equal(monitor.apsOverLimit(), 1);
  pass(1);
  assert.equal(monitor.apsOverLimit(), 0);
  assert.equal(monitor.exceeded().report_interval, false);
  assert.deepEqual(told(), ['report_interval crossed 30', 'report_interval ended 30']);
  assert.deepEqual(warnings.at(-1), { ...warnings[0], kind: 'ended', silent: true });
});

test('a stream that comes back after a silence starts afresh, whether or not a sweep saw the silence', () => {
  for (const sweeps of [true, false]) {
    const { monitor, clock, told, report, reportEvery } = watched();
    reportEvery(30, 10);
    clock.seconds += hour;
    if (sweeps) monitor.sweep();
    report('ap-1');
    assert.deepEqual(told(), ['report_interval crossed 30', 'report_interval ended 30']);
    assert.deepEqual(medians(monitor), [undefined]);
  }
});

test('a reminder comes once a day while a limit is crossed, and none after', () => {
  const { told, report, reportEvery, clock, pass } = watched();
  const lastsSeconds = 2.5 * 24 * hour;
  for (let passed = 0; passed < lastsSeconds; passed += 60) {
    report('ap-1');
    pass(60);
  }
  assert.deepEqual(told(), [
    'report_interval crossed 60',
    'report_interval reminder 60',
    'report_interval reminder 60',
  ]);
  clock.seconds += 60;
  reportEvery(61, 20);
  pass(3 * 24 * hour);
  assert.deepEqual(told().slice(3), ['report_interval ended 61']);
});

test('a reminder of active APs tells how many there are now', () => {
  const { told, report, pass } = watched();
  for (const ap of names(20)) report(ap);
  for (let passedHours = 0; passedHours < 24; passedHours += 1) {
    pass(hour);
    for (const ap of names(22)) report(ap);
  }
  pass(1);
  assert.deepEqual(told(), ['active_aps crossed 20', 'active_aps reminder 22']);
});

for (const [what, intervalSeconds, activeMinutes, silentMinutes] of [
  ['3 intervals of 600 s', 600, 29, 31],
  ['15 min with an interval of 60 s', 60, 14, 16],
] as const) {
  test(`an AP is active for ${what} after its last report, and no longer`, () => {
    const { monitor, reportEvery, pass } = watched();
    reportEvery(intervalSeconds, 5);
    pass(activeMinutes * minute);
    assert.equal(monitor.activeAps(), 1);
    pass((silentMinutes - activeMinutes) * minute);
    assert.equal(monitor.activeAps(), 0);
  });
}

test('an AP is active for 2 h while its interval is unknown', () => {
  const { monitor, reportEvery, pass } = watched();
  reportEvery(60, 3);
  pass(2 * hour);
  assert.equal(monitor.activeAps(), 1);
  pass(1);
  assert.equal(monitor.activeAps(), 0);
});

test('an AP is active while any of its streams is', () => {
  const { monitor, report, reportEvery, pass } = watched();
  report('ap-1', { profile: 'tags' });
  reportEvery(60, 5);
  pass(hour);
  assert.equal(monitor.activeAps(), 1);
  assert.deepEqual(streamsOf(monitor), ['tags of ap-1']);
  pass(hour);
  assert.equal(monitor.activeAps(), 0);
});

test('beyond the cap a new stream is not watched, the known ones stay, and silence makes room', () => {
  const { monitor, told, report, reportEvery, pass } = watched(2);
  report('ap-2');
  reportEvery(30, 4);
  for (const ap of names(1000)) report(ap);
  assert.equal(monitor.activeAps(), 2);
  assert.deepEqual(told(), ['report_interval crossed 30']);
  pass(hour);
  report('ap-3');
  assert.deepEqual(streamsOf(monitor), ['ble of ap-2', 'ble of ap-3']);
});

test('reports that are observed a little out of order change no interval and take no activity back', () => {
  const { monitor, clock, warnings, report } = watched();
  for (let reports = 0; reports < 12; reports += 1) {
    report('ap-1', { reporterTime: reports });
    report('ap-1', { reporterTime: reports, receivedAtMonotonicMs: clock.seconds * 1000 - 8 });
    clock.seconds += 120;
  }
  const lastReportAtMonotonicMs = (clock.seconds - 120) * 1000;
  assert.deepEqual(
    [...monitor.streams()],
    [{ profile: 'ble', ap: 'ap-1', lastReportAtMonotonicMs, medianSeconds: 120, over: false }],
  );
  assert.deepEqual(warnings, []);
});

for (const [what, reporterTime] of [
  ['no clock', undefined],
  ['a clock that stands still', 1_700_000_000],
  ['a clock at 0', 0],
] as const) {
  test(`an AP with ${what} is watched all the same`, () => {
    for (const [everySeconds, over] of [
      [5, 1],
      [45, 1],
      [60, 1],
      [61, 0],
      [600, 0],
    ] as const) {
      const { monitor, clock, report } = watched();
      for (let reports = 0; reports < 60; reports += 1) {
        report('ap-1', { reporterTime });
        clock.seconds += everySeconds;
      }
      assert.equal(monitor.apsOverLimit(), over, `every ${everySeconds} s`);
    }
  });
}

test('what was known before a restart is known at once: the median, who is over, and how many are active', () => {
  const { monitor, clock, told } = watched();
  const now = clock.seconds * 1000;
  const every = (ap: string, seconds: number, count: number): AnsweredReport[] =>
    Array.from({ length: count }, (_, index) => ({
      profile: 'ble',
      ap,
      receivedAtMonotonicMs: now - (count - 1 - index) * seconds * 1000 - 5_000,
      duplicate: false,
    }));

  monitor.recall([...every('ap-1', 60, 10), ...every('ap-2', 61, 10), ...every('ap-3', 600, 2)]);

  assert.deepEqual(medians(monitor), [60, 61, undefined]);
  assert.deepEqual(told(), ['report_interval crossed 60']);
  assert.equal(monitor.activeAps(), 3);
});

test('who fell silent before a restart is not taken for active after it', () => {
  const { monitor, clock, told } = watched();
  const at = (ap: string, secondsAgo: number): AnsweredReport => ({
    profile: 'ble',
    ap,
    receivedAtMonotonicMs: (clock.seconds - secondsAgo) * 1000,
    duplicate: false,
  });

  monitor.recall(names(20).flatMap((ap) => [at(ap, 4 * hour), at(ap, 3 * hour)]));

  assert.equal(monitor.activeAps(), 0);
  assert.deepEqual(told(), []);
});
