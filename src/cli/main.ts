#!/usr/bin/env node
// The program `keyhold`: one table of commands, one way to fail.

import { Command, CommanderError } from 'commander';
import { exampleText } from './command.ts';
import { addAccessCommands } from './commands/access.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addKeyCommands } from './commands/keys.ts';
import { addNameCommands } from './commands/names.ts';
import { addPrincipalCommands } from './commands/principals.ts';
import { addProjectCommands } from './commands/projects.ts';
import { addServerCommands } from './commands/server.ts';
import { describeExitCodes, EXIT_CODES } from './exit-codes.ts';
import { toCliFailure } from './failure.ts';
import { printNote } from './output.ts';

function buildProgram(): Command {
  const program = new Command('keyhold')
    .description('a self-hosted key management service, and its administration')
    .showSuggestionAfterError()
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .addHelpText(
      'after',
      exampleText([
        ['keyhold serve', 'run a server'],
        ['keyhold keys create --name billing', 'make a key'],
        ['keyhold doctor', 'find out what is wrong'],
      ]),
    )
    .addHelpText('after', `\n${describeExitCodes()}`);
  addServerCommands(program);
  addDoctorCommand(program);
  addKeyCommands(program);
  addNameCommands(program);
  addProjectCommands(program);
  addPrincipalCommands(program);
  addAccessCommands(program);
  addAuditCommands(program);
  overrideExits(program);
  return program;
}

/** Commands that were made before the setting do not inherit it. */
function overrideExits(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showHelpAfterError('(see --help)');
    overrideExits(child);
  }
}

/** The exit code. */
async function runProgram(args: readonly string[]): Promise<number> {
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

process.exitCode = await runProgram(process.argv.slice(2));
