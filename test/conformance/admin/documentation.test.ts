// The pages about administration say what the tables say. With UPDATE_DOCS=1 the tables are written into the pages instead.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { PLACED_ROUTES } from '../../../src/protocols/admin/routes.ts';

function routeRows(): string {
  const rows = PLACED_ROUTES.map(({ route, path }) => {
    const shown = path.replace(/^\/projects\/:project/, 'P').replace(/:(\w+)/g, '{$1}');
    const { method, permission = 'none', alsoDemands = [], summary } = route;
    return `| \`${method} ${shown}\` | ${[permission, ...alsoDemands].join(', ')} | ${summary} |`;
  });
  return rows.join('\n');
}

function commandRows(): string {
  const rows = leaves(buildProgram(), []).map(
    ([words, command]) => `| \`${words}\` | ${command.description()} |`,
  );
  return ['| command | what it does |', '|---|---|', ...rows].join('\n');
}

function leaves(command: Command, words: readonly string[]): readonly (readonly [string, Command])[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap(child => leaves(child, [...words, child.name()]));
  }
  const args = command.registeredArguments.map(argument =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [[[...words, ...args].join(' '), command]];
}

const exitRows = () =>
  Object.values(EXIT_CODES)
    .map(({ code, meaning }) => `| ${code} | ${meaning} |`)
    .join('\n');

const TABLES: readonly (readonly [page: string, heading: string, table: () => string])[] = [
  ['docs/protocols/admin.md', '| route | permission | what it does |\n|---|---|---|\n', routeRows],
  ['docs/operate/command-line.md', '## Commands\n\n', commandRows],
  ['docs/operate/command-line.md', '| code | meaning |\n|---|---|\n', exitRows],
];

for (const [page, heading, table] of TABLES) {
  test(`${page} has the table of ${table.name}`, () => {
    const url = new URL(`../../../${page}`, import.meta.url);
    const text = readFileSync(url, 'utf8');
    const start = text.indexOf(heading) + heading.length;
    assert.ok(start >= heading.length, 'the heading is there');
    const end = text.indexOf('\n\n', start);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(url, text.slice(0, start) + table() + text.slice(end));
    else assert.equal(text.slice(start, end), table());
  });
}
