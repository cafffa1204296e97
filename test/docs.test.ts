// Documentation that can break: what the pages say of tables is compared with the tables.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { API_KEY_FILE_VARIABLE, DATA_DIR_VARIABLE, URL_VARIABLE } from '../src/cli/environment.ts';
import { settingsManual } from '../src/server/settings-manual.ts';
import { SETTINGS } from '../src/server/settings-table.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = (path: string): string => readFileSync(join(root, path), 'utf8');
const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'src/**/*.md'], { cwd: root });

test('the page of the settings is the table of the settings', () => {
  assert.equal(page('docs/operate/settings.md'), settingsManual());
});

test('every setting that a page names is one', () => {
  const known = new Set<string>([
    ...Object.values(SETTINGS).map(({ environment }) => environment),
    ...[DATA_DIR_VARIABLE, URL_VARIABLE, API_KEY_FILE_VARIABLE],
  ]);
  const unknown = PAGES.flatMap(file =>
    [...page(file).matchAll(/\bKEYHOLD_[A-Z0-9_]+/g)]
      .filter(([name]) => !known.has(name))
      .map(([name]) => `${file}: ${name}`),
  );
  assert.deepEqual(unknown, []);
});

test('every dependency has its line of reasons', () => {
  const packageFile = JSON.parse(page('package.json')) as Record<string, Record<string, string>>;
  const reasons = page('docs/decisions/0002-dependencies.md');
  const names = Object.keys({ ...packageFile.dependencies, ...packageFile.devDependencies });
  const silent = names.filter(name => !reasons.includes(`\`${name}\``) && !name.startsWith('@types/'));
  assert.deepEqual(silent, []);
});

/** Where the links of a page lead: a path of this repository, and the part of a page behind `#`. Addresses of the web are not asked. */
function linksOf(file: string): readonly { readonly path: string; readonly anchor: string | undefined }[] {
  return [...page(file).matchAll(/\]\(([^)#:]*)(?:#([^):]*))?\)/g)].map(([, target = '', anchor]) => ({
    path: target === '' ? file : normalize(join(dirname(file), target)),
    anchor,
  }));
}

/** As GitHub makes them from headings. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = [...page(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('links between pages lead somewhere, to headings as well', () => {
  const broken: string[] = [];
  for (const file of PAGES) {
    for (const { path, anchor } of linksOf(file)) {
      const leads = existsSync(join(root, path)) && (anchor === undefined || anchorsOf(path).has(anchor));
      if (!leads) broken.push(`${file} -> ${path}#${anchor}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('files that a page names by their path are there', () => {
  const named = /(?<![\w/.-])(?:docs|src|test|bench|examples)\/[\w./-]*\w/g;
  const missing = PAGES.flatMap(file =>
    [...page(file).matchAll(named)]
      .filter(([path]) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(file), path)))
      .map(([path]) => `${file}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('every page is found by links from the first one', () => {
  const found = new Set(['README.md']);
  // A set is read to its end, what is added meanwhile included.
  for (const file of found) {
    for (const { path } of linksOf(file)) {
      const pages = path.endsWith('.md') ? [path] : PAGES.filter(each => dirname(each) === path);
      for (const each of pages) found.add(each);
    }
  }
  assert.deepEqual(
    PAGES.filter(file => !found.has(file) && !file.startsWith('src/')),
    [],
  );
});

test('decisions are numbered without a gap in meaning: no number twice', () => {
  const numbers = globSync('docs/decisions/*.md', { cwd: root }).map(file => /(\d{4})-/.exec(file)?.[1]);
  assert.equal(new Set(numbers).size, numbers.length);
});
