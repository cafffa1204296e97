// The manual of the settings as text, out of their table: docs/operate/settings.md is this, and a test keeps it so.

import { tableKeys } from '../base/table.ts';
import { SETTINGS, type SettingRow } from './settings-table.ts';

export function settingsManual(): string {
  const rows = tableKeys(SETTINGS).map(name => manualRow(SETTINGS[name]));
  return [
    '# Settings',
    '',
    'An option of `keyhold serve` counts before the environment, and that before the default. An unknown or malformed setting keeps the',
    'server from starting and says which one and why. Secrets are never settings: a setting names the file that holds one.',
    '',
    '| option | environment | default | what it is |',
    '|---|---|---|---|',
    ...rows,
    '',
    'This page is generated from `src/server/settings-table.ts`.',
    '',
  ].join('\n');
}

function manualRow(row: SettingRow): string {
  const choices =
    row.choices === undefined ? '' : ` (${row.choices.map(choice => `\`${choice}\``).join(', ')})`;
  const standard = row.default === undefined ? 'none' : `\`${row.default}\``;
  return `| \`--${row.option}\` | \`${row.environment}\` | ${standard} | ${row.description}${choices} |`;
}
