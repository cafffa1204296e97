// `keyhold projects` and `keyhold key-rings`.

import type { Command } from 'commander';
import type { KeyRingReply, ProjectReply } from '../../protocols/admin/types.ts';
import { serverCommand } from '../command.ts';
import { type Column, instant } from '../output.ts';

const COLUMNS: readonly Column<ProjectReply>[] = [
  { title: 'name', of: project => project.name },
  { title: 'account', of: project => project.accountId },
  { title: 'enabled', of: project => project.enabled },
  { title: 'created', of: project => instant(project.createdAt) },
  { title: 'id', of: project => project.id },
];

export function addProjectCommands(program: Command): void {
  const projects = program.command('projects').description('the tenants: keys and principals live in one');
  serverCommand(projects, {
    usage: 'list',
    description: 'list the projects of the installation',
    examples: [['keyhold projects list', 'all projects']],
    realm: 'system',
    run: async session => session.list(await session.client.all<ProjectReply>('/projects'), COLUMNS),
  });
  serverCommand(projects, {
    usage: 'create <name>',
    description: 'make a project with its key ring `default`',
    examples: [['keyhold projects create shop', 'a project for the shop']],
    realm: 'system',
    run: async (session, [name]) =>
      session.show(await session.client.send<ProjectReply>('POST', '/projects', { name })),
  });
  serverCommand(projects, {
    usage: 'show',
    description: 'show the project',
    examples: [['keyhold projects show --project shop', 'its account number, among others']],
    run: async session => session.show(await session.client.get<ProjectReply>(session.path())),
  });
  serverCommand(projects, {
    usage: 'rename <name>',
    description: 'give the project another name',
    examples: [['keyhold projects rename store --project shop', 'shop becomes store']],
    run: async (session, [name]) =>
      session.show(await session.client.send<ProjectReply>('PATCH', session.path(), { name })),
  });
  for (const [word, enabled, does] of [
    ['disable', false, 'nobody of it is let in and no key of it is used'],
    ['enable', true, 'it works again'],
  ] as const) {
    serverCommand(projects, {
      usage: word,
      description: `${word} the project: ${does}`,
      examples: [[`keyhold projects ${word} --project shop`, does]],
      run: async session =>
        session.show(await session.client.send<ProjectReply>('PATCH', session.path(), { enabled })),
    });
  }
  addKeyRingCommands(program);
}

function addKeyRingCommands(program: Command): void {
  const rings = program
    .command('key-rings')
    .description('named groups of keys, on which roles and rules can be set');
  serverCommand(rings, {
    usage: 'list',
    description: 'list the key rings of the project',
    examples: [['keyhold key-rings list', 'those of your project']],
    run: async session =>
      session.list(await session.client.all<KeyRingReply>(session.path('key-rings')), [
        { title: 'name', of: ring => ring.name },
        { title: 'created', of: ring => instant(ring.createdAt) },
        { title: 'id', of: ring => ring.id },
      ]),
  });
  serverCommand(rings, {
    usage: 'create <name>',
    description: 'make a key ring',
    examples: [['keyhold key-rings create payments', 'then: keyhold keys create --key-ring payments']],
    run: async (session, [name]) =>
      session.show(await session.client.send<KeyRingReply>('POST', session.path('key-rings'), { name })),
  });
  serverCommand<{ readonly moveKeys?: boolean }>(rings, {
    usage: 'delete <key-ring>',
    description: 'delete a key ring that holds no keys',
    examples: [
      ['keyhold key-rings delete payments', 'by name or id'],
      ['keyhold key-rings delete payments --move-keys', 'when all its keys are destroyed or about to be'],
    ],
    options: command =>
      command.option('--move-keys', 'keys that are destroyed or wait for it go to the ring `default`'),
    run: async (session, [ring = ''], { moveKeys }) => {
      const query = moveKeys === true ? '?moveKeys=true' : '';
      const path = `${session.path('key-rings', ring)}${query}`;
      session.show(await session.client.send<KeyRingReply>('DELETE', path));
    },
  });
}
