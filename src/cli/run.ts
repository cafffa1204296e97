// The program `keyhold`: runs one command, and has one way to fail.

import { CommanderError } from 'commander';
import { EXIT_CODES } from './exit-codes.ts';
import { toCliFailure } from './failure.ts';
import { printNote } from './output.ts';
import { buildProgram } from './program.ts';

/** The exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return EXIT_CODES.done.code;
  } catch (thrown) {
    // Commander has said what is wrong, or has shown the help that was asked for.
    if (thrown instanceof CommanderError)
      return thrown.exitCode === 0 ? EXIT_CODES.done.code : EXIT_CODES.usage.code;
    const { exit, message, nextStep } = toCliFailure(thrown);
    printNote(`keyhold: ${message}`);
    if (nextStep !== undefined) printNote(`  next: ${nextStep}`);
    return EXIT_CODES[exit].code;
  }
}

// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_CODES.done.code);
});
