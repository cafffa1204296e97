// Every command of the program, in the order in which `keyhold --help` shows them.

import { Command } from 'commander';
import { exampleText } from './command.ts';
import { addAccessCommands } from './commands/access.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addHsmCommands } from './commands/hsm.ts';
import { addKeyCommands } from './commands/keys.ts';
import { addKmipCommands } from './commands/kmip.ts';
import { addMechanismCommands } from './commands/mechanisms.ts';
import { addNameCommands } from './commands/names.ts';
import { addPrincipalCommands } from './commands/principals.ts';
import { addProjectCommands } from './commands/projects.ts';
import { addRegistrationCommands } from './commands/registrations.ts';
import { addRootKeyCommands } from './commands/root-key.ts';
import { addServerCommands } from './commands/server.ts';
import { addTransportKeyCommands } from './commands/transport-keys.ts';
import { describeExitCodes } from './exit-codes.ts';

export function buildProgram(): Command {
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
  addRootKeyCommands(program);
  addHsmCommands(program);
  addDoctorCommand(program);
  addKeyCommands(program);
  addMechanismCommands(program);
  addNameCommands(program);
  addRegistrationCommands(program);
  addTransportKeyCommands(program);
  addProjectCommands(program);
  addPrincipalCommands(program);
  addKmipCommands(program);
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
