// The program `keyhold`: runs one command, and has one way to fail.

import { type Command, CommanderError } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import { type CliFailure, toCliFailure } from './failure.ts';
import { optionOf, wordsOf } from './option-names.ts';
import { printNote } from './output.ts';
import { buildProgram } from './program.ts';

/** The exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let command: Command | undefined;
  const program = buildProgram().hook('preAction', (_program, acting) => {
    command = acting;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT_CODES.done.code;
  } catch (thrown) {
    // Commander has said what is wrong, or has shown the help that was asked for.
    if (thrown instanceof CommanderError)
      return thrown.exitCode === 0 ? EXIT_CODES.done.code : EXIT_CODES.usage.code;
    return tell(toCliFailure(thrown), command);
  }
}

/** One line of what is wrong, one of what to do; the exit code. */
function tell({ exit, message, nextStep, field }: CliFailure, command: Command | undefined): number {
  const option = command && field && optionOf(command, field);
  const named = option && field && message.startsWith(field) ? option + message.slice(field.length) : message;
  printNote(`keyhold: ${named}`);
  const help = command && exit === 'usage' ? `See \`${wordsOf(command)} --help\`.` : undefined;
  const next = nextStep ?? help;
  if (next !== undefined) printNote(`  next: ${next}`);
  return EXIT_CODES[exit].code;
}

// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_CODES.done.code);
});
