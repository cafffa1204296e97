import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { EXIT_CODES, EXIT_OF_ERROR } from './exit-codes.ts';
import { buildProgram } from './program.ts';

function leaves(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[words.join(' '), command]];
  return command.commands.flatMap(child => leaves(child, [...words, child.name()]));
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: part => (text += part) });
  command.outputHelp();
  return text;
}

test('every command says what it does and teaches by an example', () => {
  const commands = leaves(buildProgram());
  assert.ok(commands.length > 50);
  for (const [words, command] of commands) {
    assert.notEqual(command.description(), '', words);
    const help = helpOf(command);
    assert.match(help, new RegExp(`\\nExamples:\\n  # .+\\n  \\$ .*keyhold ${words}`), words);
  }
});

test('no option takes a secret itself', () => {
  for (const [words, command] of leaves(buildProgram())) {
    for (const { flags } of command.options) {
      const takesValue = flags.includes('<');
      const suspicious = /secret|password|passphrase|api-key|token|plaintext/.test(flags);
      assert.ok(!takesValue || !suspicious || flags.includes('-file'), `${words} ${flags}`);
    }
  }
});

test('exit codes are distinct, and every error of the server has one', () => {
  const codes = Object.values(EXIT_CODES).map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const [error, exit] of Object.entries(EXIT_OF_ERROR)) {
    assert.ok(exit in EXIT_CODES && exit !== 'done', error);
  }
});
