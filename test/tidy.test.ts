// The rules of the house as a test: layers, cycles, sizes, banned calls, dead files. Every exception stands here with its reason.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Which folders of src a folder may import besides itself; `types:` means type imports alone. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  domain: ['base'],
  crypto: ['domain', 'base'],
  core: ['domain', 'base', 'types:crypto'],
  custody: ['types:core/ports', 'crypto', 'domain', 'base'],
  store: ['types:core/ports', 'crypto', 'domain', 'base'],
  audit: ['types:core/ports', 'crypto', 'domain', 'base'],
  identity: ['types:core/ports', 'crypto', 'wire', 'domain', 'base'],
  wire: ['base'],
  protocols: ['core', 'domain', 'wire', 'base'],
  server: ['base', 'domain', 'crypto', 'core', 'custody', 'store', 'audit', 'identity', 'wire', 'protocols'],
  cli: ['base', 'types:protocols/admin'],
};

/** `file -> imported` edges that the table refuses and that stay, each for a reason. */
const EDGE_EXCEPTIONS: readonly { readonly from: string; readonly to: string; readonly reason: string }[] = [
  ...[
    ['src/server/settings-table.ts', 'the options of `serve` are the settings, from one table'],
    ['src/server/settings.ts', '`doctor` reads the settings as the server would'],
    ['src/server/main.ts', '`serve` and `init` start the server'],
    ['src/server/offline.ts', '`restore` and `backup verify` work beside a stopped server'],
    ['src/audit/verify.ts', '`audit verify` trusts no server, so it hashes the log itself'],
    ['src/audit/verification-failure.ts', 'the same: what it found, in words'],
    ['src/audit/receipt.ts', '`audit receipt verify` needs no server'],
    ['src/audit/signed-note.ts', 'the same: the verifier key'],
    [
      'src/protocols/key-protect/activity/event.ts',
      '`audit search --format` tells entries in the words of IBM',
    ],
  ].map(([to = '', reason = '']) => ({ from: 'src/cli/outside.ts', to, reason })),
];

const FILE_LINES_MAX = 400;
const LONG_FILES: readonly { readonly file: string; readonly reason: string }[] = [];

/** Files that nothing imports and that are started by themselves. */
const ENTRANCES: readonly { readonly file: string; readonly reason: string }[] = [
  { file: 'src/cli/main.ts', reason: 'the program' },
  { file: 'src/server/settings-manual.ts', reason: 'makes the page of the settings, which a test compares' },
];

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly allowedIn: readonly string[];
}

const BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    instead: 'take the instant from the Clock port',
    allowedIn: ['src/server/time-and-chance.ts', 'src/cli/environment.ts'],
  },
  { pattern: /\bMath\.random\(/, instead: 'take bytes from the Random port', allowedIn: [] },
  {
    pattern: /\bprocess\.env\b/,
    instead: 'read a setting',
    allowedIn: ['src/server/settings.ts', 'src/cli/environment.ts'],
  },
  { pattern: /\bconsole\./, instead: 'use the logger', allowedIn: ['src/cli/'] },
  {
    pattern:
      /\b(?:mac|tag|signature|token|secret|commitment)\w*\s*[!=]==?\s*(?!undefined|null|''|typeof)[a-z]/i,
    instead: 'compare with equalSecret',
    allowedIn: [],
  },
  { pattern: /\beslint-disable|@ts-ignore|@ts-expect-error/, instead: 'mend the cause', allowedIn: [] },
];

/** The only files that may look into secret bytes. */
const REVEALERS: readonly string[] = [
  'src/base/secret-bytes.ts',
  'src/core/operations/crypto/decrypt.ts',
  'src/core/operations/crypto/generate-data-key.ts',
  'src/core/operations/crypto/reencrypt.ts',
  'src/crypto/algorithms/rsa-aes-key-wrap.ts',
  'src/crypto/encrypted-pair.ts',
  'src/crypto/key-material.ts',
  'src/crypto/message-seal.ts',
  'src/crypto/self-test/run.ts',
  'src/custody/hardware-wrapping.ts',
  'src/custody/key-handle.ts',
  'src/custody/key-sharing.ts',
  'src/custody/key-to-key.ts',
  'src/custody/material-id.ts',
  'src/custody/pkcs11/hardware-keys.ts',
  'src/custody/pkcs11/root-key.ts',
  'src/custody/pkcs11/token.ts',
  'src/custody/project-keys.ts',
  'src/custody/root/file.ts',
  'src/custody/root/passphrase.ts',
  'src/custody/root/private-file.ts',
  'src/custody/root/share-text.ts',
  'src/custody/root/shares.ts',
  'src/custody/root/software-root-key.ts',
  'src/custody/transport.ts',
  'src/custody/wrapping.ts',
  'src/identity/identity.ts',
  'src/identity/password.ts',
  'src/identity/token-keys.ts',
  'src/protocols/admin/body.ts',
  'src/protocols/aws-kms/response.ts',
  'src/protocols/key-protect/token-response.ts',
  'src/protocols/barbican/response.ts',
  'src/protocols/key-protect/response.ts',
  'src/protocols/keystone/operations/application-credentials.ts',
  'src/protocols/keystone/operations/tokens.ts',
  'src/protocols/kmip/request.ts',
  'src/server/build.ts',
  'src/server/first-start.ts',
  'src/server/installation.ts',
  'src/server/mixed-random.ts',
  'src/server/root-kms/aws.ts',
  'src/server/root-kms/credentials.ts',
  'src/server/root-kms/secret-json.ts',
  'src/server/sealing.ts',
];

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const sources = globSync('src/**/*.ts', { cwd: root })
  .map(file => file.replaceAll('\\', '/'))
  .sort();
const production = sources.filter(file => !file.endsWith('.test.ts'));
const texts = new Map(sources.map(file => [file, readFileSync(join(root, file), 'utf8')]));

function importsOf(file: string): readonly Import[] {
  const found: Import[] = [];
  const text = texts.get(file) ?? '';
  const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?([^'";]*?\bfrom\s*)?'(\.{1,2}\/[^']+)'/g;
  for (const [, typeWord, names, path] of text.matchAll(statement)) {
    const target = relative(root, join(root, dirname(file), path ?? '')).replaceAll('\\', '/');
    const everyNameIsType =
      names !== undefined &&
      /^\{/.test(names.trim()) &&
      names
        .replace(/^\{|\}\s*from\s*$/g, '')
        .split(',')
        .every(name => name.trim() === '' || name.trim().startsWith('type '));
    found.push({ target, typeOnly: typeWord !== undefined || everyNameIsType });
  }
  for (const [, path] of text.matchAll(/\bimport\('(\.{1,2}\/[^']+)'\)/g)) {
    found.push({
      target: relative(root, join(root, dirname(file), path ?? '')).replaceAll('\\', '/'),
      typeOnly: false,
    });
  }
  for (const [, path] of text.matchAll(/new URL\('(\.{1,2}\/[^']+\.ts)', import\.meta\.url\)/g)) {
    found.push({
      target: relative(root, join(root, dirname(file), path ?? '')).replaceAll('\\', '/'),
      typeOnly: false,
    });
  }
  return found;
}

const folderOf = (file: string): string => file.split('/')[1] ?? '';

test('imports point inward only', () => {
  const wrong: string[] = [];
  for (const file of production) {
    const from = folderOf(file);
    const allowed = LAYERS[from];
    assert.ok(allowed !== undefined, `src/${from} is not in the layer table`);
    for (const { target, typeOnly } of importsOf(file)) {
      if (!target.startsWith('src/')) continue;
      const to = folderOf(target);
      const sameProtocol = from !== 'protocols' || target.split('/')[2] === file.split('/')[2];
      if (to === from && sameProtocol) continue;
      const within = target.replace(/^src\//, '');
      const fits = allowed.some(rule =>
        rule.startsWith('types:')
          ? typeOnly && within.startsWith(rule.slice('types:'.length))
          : to === rule && to !== from,
      );
      const excepted = EDGE_EXCEPTIONS.some(edge => edge.from === file && edge.to === target);
      if (!fits && !excepted) wrong.push(`${file} -> ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no file imports itself by a detour, type imports included', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const { target } of importsOf(file)) if (texts.has(target)) visit(target, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of production) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('every file is used', () => {
  const used = new Set(ENTRANCES.map(entrance => entrance.file));
  for (const file of production) for (const { target } of importsOf(file)) used.add(target);
  assert.deepEqual(
    production.filter(file => !used.has(file)),
    [],
  );
});

/** `file name` of whatever is imported by its name, and `file *` of what is imported whole. */
function importedNames(): ReadonlySet<string> {
  const imported = new Set<string>();
  for (const file of globSync('{src,test,bench,examples}/**/*.ts', { cwd: root })) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    const note = (path: string, name: string): void =>
      void imported.add(`${relative(root, join(root, dirname(file), path))} ${name}`);
    for (const [, names = '', path = ''] of text.matchAll(
      /(?:^|\n)(?:import|export)\s+([^'";]*?)\s*from\s*'(\.{1,2}\/[^']+)'/g,
    )) {
      if (names.includes('*')) note(path, '*');
      for (const name of names.replace(/^[^{]*\{|\}[^}]*$/g, '').split(','))
        note(path, name.trim().replace(/^type\s+|\s+as\s+.*$/g, ''));
    }
    for (const [, path = ''] of text.matchAll(/\bimport\('(\.{1,2}\/[^']+)'\)/g)) note(path, '*');
  }
  return imported;
}

// Types are exported with what they describe; a value that nobody imports is the business of its file alone, or is dead.
test('every exported value is imported somewhere', () => {
  const imported = importedNames();
  const declaration = /(?:^|\n)export\s+(?:async\s+)?(?:const|let|class|function\*?)\s+([A-Za-z_$][\w$]*)/g;
  const strays = production.flatMap(file => {
    if (ENTRANCES.some(entrance => entrance.file === file) || imported.has(`${file} *`)) return [];
    const exported = [...(texts.get(file) ?? '').matchAll(declaration)].map(([, name]) => name);
    return exported.filter(name => !imported.has(`${file} ${name}`)).map(name => `${file} ${name}`);
  });
  assert.deepEqual(strays, []);
});

test('files stay small', () => {
  const long = production.filter(file => (texts.get(file) ?? '').split('\n').length - 1 > FILE_LINES_MAX);
  assert.deepEqual(
    long,
    LONG_FILES.map(({ file }) => file),
  );
});

test('every file begins by saying what it is for', () => {
  const silent = production.filter(file => !/^(?:#!.*\n)?\/\/ \S/.test(texts.get(file) ?? ''));
  assert.deepEqual(silent, []);
});

test('banned calls stay out', () => {
  const found: string[] = [];
  for (const file of production) {
    for (const { pattern, instead, allowedIn } of BANS) {
      if (allowedIn.some(allowed => file.startsWith(allowed))) continue;
      for (const [at, line] of (texts.get(file) ?? '').split('\n').entries()) {
        if (pattern.test(line.replace(/\/\/.*$|^\s*\*.*$/, '')))
          found.push(`${file}:${at + 1} ${line.trim()} (${instead})`);
      }
    }
  }
  assert.deepEqual(found, []);
});

test('secret bytes are revealed in listed files only', () => {
  const revealing = production.filter(file =>
    /\brevealSecretBytes\(|SecretBytes\.reveal\(/.test(texts.get(file) ?? ''),
  );
  assert.deepEqual(
    revealing.filter(file => !REVEALERS.includes(file)),
    [],
  );
});

test('no machine path and no registry host is in the project', () => {
  // Written so that this file does not find itself.
  const strays = [/\/work\/(?:main|shared)/, new RegExp(['registry', 'npmjs'].join('\\.'))];
  const tracked = globSync(['**/*.{ts,md,json,js}', '.ci/*', '.npmrc'], {
    cwd: root,
    exclude: name => name === 'node_modules' || name === 'data',
  });
  const found = tracked.filter(file => {
    const text = readFileSync(join(root, file), 'utf8');
    return strays.some(stray => stray.test(text));
  });
  assert.deepEqual(
    found,
    ['test/tidy.test.ts'].filter(file => found.includes(file)),
  );
});
