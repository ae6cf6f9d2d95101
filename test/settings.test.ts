/** The table of settings, and whatever has to agree with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSchema } from '../src/schemas.ts';
import { faultOf } from '../src/setting-faults.ts';
import { environmentName, flagName, settingKeys, settings, type Setting } from '../src/settings.ts';
import { northbound } from './commands/command-line.ts';

/** What JSON Schema says of one key of the configuration file. */
interface Property {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly anyOf?: readonly { readonly type: string }[];
}

const { properties } = readSchema('config') as { properties: Record<string, Property> };

test('a setting has one name in three spellings', () => {
  assert.equal(environmentName('maxConnectionsPerAddress'), 'NORTHBOUND_MAX_CONNECTIONS_PER_ADDRESS');
  assert.equal(flagName('maxConnectionsPerAddress'), 'max-connections-per-address');
  assert.equal(environmentName('listen'), 'NORTHBOUND_LISTEN');
});

test('config.schema.json holds exactly the settings, and a …File for each secret', () => {
  const expected = settingKeys.flatMap((key) => {
    const { secret }: Setting = settings[key];
    return secret ? [key, `${key}File`] : [key];
  });
  assert.deepEqual(Object.keys(properties).toSorted(), [...expected, '$schema'].toSorted());
});

for (const key of settingKeys) {
  const setting: Setting = settings[key];
  test(`config.schema.json says of ${key} what the table says: its kind, default and choices`, () => {
    const property = properties[key] ?? {};
    assert.deepEqual(property.default, inJson(setting));
    assert.deepEqual(property.enum, setting.choices);
    if (setting.kind === 'list')
      assert.deepEqual(
        property.anyOf?.map(({ type }) => type),
        ['string', 'array'],
      );
    else if (setting.kind !== 'choice')
      assert.equal(property.type, setting.kind === 'count' ? 'integer' : 'string');
  });

  test(`the default of ${key} is a value that the setting takes`, () => {
    if (setting.default !== undefined) assert.equal(faultOf(setting, setting.default), undefined);
  });
}

function inJson({ kind, default: value }: Setting): unknown {
  return kind === 'count' && value !== undefined ? Number(value) : value;
}

test('serve --help lists every setting with its flag, its meaning and its default', async (t) => {
  const { stdout } = await northbound(t, ['serve', '--help']);
  for (const key of settingKeys) {
    const setting: Setting = settings[key];
    const line = stdout.split('\n').find((it) => it.trimStart().startsWith(`--${flagName(key)} `)) ?? '';
    assert.ok(line.includes(setting.meaning), `--${flagName(key)}`);
    if (setting.default !== undefined) assert.ok(line.endsWith(` [${setting.default}]`), line);
  }
});
