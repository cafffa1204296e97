// The pages about administration say what the tables say. With UPDATE_DOCS=1 the tables are written into the pages instead.

import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
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

/** What a page gives to the program: lines of blocks of code, settings before it included, and code within sentences. */
function commandsOn(page: string): readonly string[] {
  const text = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
  const parts = text.split('```');
  const blocks = parts.filter((_, at) => at % 2 === 1).map(block => block.replaceAll('\\\n', ' '));
  const indented = parts.flatMap(part => part.match(/^ {4}\S.*$/gm) ?? []);
  const lines = [...blocks.flatMap(block => block.split('\n')), ...indented];
  const inSentences = parts
    .filter((_, at) => at % 2 === 0)
    .flatMap(part => [...part.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code));
  return [...lines, ...inSentences].flatMap(
    line =>
      /^(?:\$ )?(?:[A-Z_]+=\S+ +)*(?:npx |npm run -s )?keyhold (?:-- )?([a-z].*)$/.exec(line.trim())?.[1] ??
      [],
  );
}

test('every command on the pages is one, with options that it has', () => {
  const pages = globSync(['*.md', 'docs/{operate,protocols,decisions}/*.md'], {
    cwd: new URL('../../../', import.meta.url),
  });
  const unknown = pages.flatMap(page =>
    commandsOn(page)
      .filter(line => !isCommand(line.replace(/ +[#<>|].*$/, '').split(/ +/)))
      .map(line => `${page}: ${line}`),
  );
  assert.deepEqual(unknown, []);
});

/** Or a noun that stands for all of its commands. */
function isCommand(words: readonly string[]): boolean {
  let command: Command = buildProgram();
  let at = 0;
  for (let next = child(command, words[at]); next !== undefined; next = child(command, words[at])) {
    command = next;
    at += 1;
  }
  const rest = words.slice(at);
  const isNoun = at > 0 && rest.length === 0;
  const isLeaf = command.commands.length === 0;
  const options = rest.filter(word => word.startsWith('--'));
  const known = (option: string): boolean =>
    option === '--help' || command.options.some(({ long }) => long === option.replace(/=.*$/, ''));
  return isNoun || ((isLeaf || options.includes('--help')) && options.every(known));
}

function child(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find(each => each.name() === name);
}
