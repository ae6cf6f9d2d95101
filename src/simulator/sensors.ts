/** Devices that measure, and switches: EnOcean ones, which live on light and on the push of a finger. */
import { createAlternation, createDailyReading, type Kind } from './kind.ts';

const onTheWall = { isCarried: false, isPrivate: false } as const;

/** How long a window stays as it is. */
const windowSeconds = 3_600;
/** How long a room is used, or empty. */
const roomSeconds = 1_800;
/** How often somebody switches the light, about. */
const switchSeconds = 900;

/** Measures a room, and whether its window is open. */
export const enoceanSensor: Kind = {
  ...onTheWall,
  powerDbm: -61,
  advertisingIntervalMs: 20_000,
  create(_number, random) {
    const temperature = createDailyReading(random.between(19, 24), 3, random);
    const humidity = createDailyReading(random.between(35, 55), 8, random);
    const isOpen = createAlternation(windowSeconds, random);
    const isUsed = createAlternation(roomSeconds, random);
    return (elapsedSeconds) => {
      const motion = isUsed(elapsedSeconds);
      return {
        deviceClass: ['enoceanSensor'],
        vendorName: 'EnOcean',
        stats: { seq_nr: Math.floor(elapsedSeconds / 20) },
        sensors: {
          temperatureC: temperature(elapsedSeconds),
          humidity: humidity(elapsedSeconds),
          illumination: motion ? 420 : 35,
          motion,
          contact: [{ id: 0, state: isOpen(elapsedSeconds) ? 'open' : 'closed' }],
        },
      };
    };
  },
};

/** A light switch: heard when somebody presses it, and seldom otherwise. */
export const enoceanSwitch: Kind = {
  ...onTheWall,
  powerDbm: -61,
  advertisingIntervalMs: 100_000,
  create(_number, random) {
    const isPressed = createAlternation(switchSeconds, random);
    return (elapsedSeconds) => {
      const pressed = isPressed(elapsedSeconds);
      const rocker = {
        id: `switch bank 1: ${pressed ? 'pressed' : 'idle'}`,
        state: pressed ? 'topPressed' : 'idle',
      };
      return {
        deviceClass: ['enoceanSwitch'],
        vendorName: 'EnOcean',
        stats: { seq_nr: Math.floor(elapsedSeconds / 100) },
        inputs: { rocker: [rocker], switchIndex: [pressed ? 'on' : 'off'] },
      };
    };
  },
};
