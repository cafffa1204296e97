// Documentation that can break: what the pages say of tables is compared with the tables.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { settingsManual } from '../src/server/settings-manual.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = (path: string): string => readFileSync(join(root, path), 'utf8');

test('the page of the settings is the table of the settings', () => {
  assert.equal(page('docs/operate/settings.md'), settingsManual());
});

test('every dependency has its line of reasons', () => {
  const packageFile = JSON.parse(page('package.json')) as Record<string, Record<string, string>>;
  const reasons = page('docs/decisions/0002-dependencies.md');
  const names = Object.keys({ ...packageFile.dependencies, ...packageFile.devDependencies });
  const silent = names.filter(name => !reasons.includes(`\`${name}\``) && !name.startsWith('@types/'));
  assert.deepEqual(silent, []);
});

test('links between pages lead somewhere', () => {
  const broken: string[] = [];
  for (const file of globSync(['*.md', 'docs/**/*.md', 'src/**/*.md'], { cwd: root })) {
    for (const [, target] of page(file).matchAll(/\]\(([^)#:]+?)(?:#[^)]*)?\)/g)) {
      const path = join(root, dirname(file), target ?? '');
      if (globSync(path).length === 0) broken.push(`${file} -> ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('decisions are numbered without a gap in meaning: no number twice', () => {
  const numbers = globSync('docs/decisions/*.md', { cwd: root }).map(file => /(\d{4})-/.exec(file)?.[1]);
  assert.equal(new Set(numbers).size, numbers.length);
});
