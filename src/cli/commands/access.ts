// `keyhold roles`, `keyhold rules`, `keyhold explain` and `keyhold whoami`: who may do what, and why.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { BindingReply, ExplainReply, RuleReply, WhoamiReply } from '../../protocols/admin/types.ts';
import { collect, pairs, serverCommand } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { type Column, instant, printLine, printTable } from '../output.ts';

interface OnOptions {
  readonly key?: string;
  readonly keyRing?: string;
}

const onOptions = (command: Command): Command =>
  command.option('--key <key>', 'on one key').option('--key-ring <key-ring>', 'on one key ring');

const BINDING_COLUMNS: readonly Column<BindingReply>[] = [
  { title: 'role', of: binding => binding.role },
  { title: 'on', of: binding => scopeText(binding.scope) },
  { title: 'principal', of: binding => binding.principalId },
  { title: 'created', of: binding => instant(binding.createdAt) },
  { title: 'id', of: binding => binding.id },
];

function scopeText(scope: BindingReply['scope']): string {
  return scope.level === 'system' ? 'system' : `${scope.level} ${scope.id}`;
}

export function addAccessCommands(program: Command): void {
  addRoleCommands(program);
  addRuleCommands(program);
  serverCommand<OnOptions & { readonly attribute?: readonly string[] }>(program, {
    usage: 'explain <principal> <permission>',
    description: 'tell whether a principal would be allowed something, and why',
    examples: [
      ['keyhold explain checkout key.decrypt --key billing', 'on one key'],
      [
        'keyhold explain checkout key.encrypt --attribute source.address=203.0.113.7',
        'as if the request came from there',
      ],
    ],
    realm: 'either',
    options: command =>
      onOptions(command).option(
        '--attribute <name=value>',
        'of the imagined request, such as source.address or context.department; again for each',
        collect,
      ),
    async run(session, [principal, permission], { key, keyRing, attribute }) {
      const reply = await session.client.send<ExplainReply>('POST', session.path('explain'), {
        principal,
        permission,
        key,
        keyRing,
        attributes: pairs('--attribute', attribute),
      });
      if (session.json) return session.show(reply);
      printLine(`${reply.allowed ? 'allowed' : 'denied'}: ${reply.reason}`);
      const rules = reply.rules.map(({ rule, matches }) => ({ ...rule, matches }));
      if (reply.bindings.length > 0) printTable(reply.bindings, BINDING_COLUMNS);
      if (rules.length > 0)
        printTable(rules, [{ title: 'matches', of: rule => rule.matches }, ...RULE_COLUMNS]);
    },
  });
  serverCommand(program, {
    usage: 'whoami',
    description: 'show who you are to the server, and your roles',
    examples: [['keyhold whoami --api-key-file checkout.key', 'whose key this is']],
    realm: 'system',
    async run(session) {
      const reply = await session.client.get<WhoamiReply>('/whoami');
      if (session.json) return session.show(reply);
      const { principal, project, bindings } = reply;
      session.show({
        name: principal.name,
        kind: principal.kind,
        id: principal.id,
        home: project === undefined ? 'the system' : `${project.name} (${project.id})`,
      });
      if (bindings.length > 0) printTable(bindings, BINDING_COLUMNS);
    },
  });
}

function addRoleCommands(program: Command): void {
  const roles = program
    .command('roles')
    .description('who has which role where: viewer, user, manager, purger, auditor, admin');
  serverCommand<OnOptions & { readonly principal?: string }>(roles, {
    usage: 'list',
    description:
      'list role bindings: of a principal, or those set on the project, a key ring, a key, or the system',
    examples: [
      ['keyhold roles list', 'set on the project'],
      ['keyhold roles list --principal checkout', 'those of one principal'],
    ],
    realm: 'either',
    options: command => onOptions(command).option('--principal <principal>', 'those of a principal'),
    async run(session, _args, { principal, key, keyRing }) {
      const { client } = session;
      const bindings =
        principal === undefined
          ? await client.all<BindingReply>(session.path('bindings'), { key, keyRing })
          : (
              await client.get<{ items: readonly BindingReply[] }>(
                session.path('principals', principal, 'bindings'),
              )
            ).items;
      session.list(bindings, BINDING_COLUMNS);
    },
  });
  serverCommand<OnOptions>(roles, {
    usage: 'bind <principal> <role>',
    description: 'give a principal a role; you must have all of it yourself',
    examples: [
      ['keyhold roles bind checkout user --key billing', 'it may use one key'],
      ['keyhold roles bind ann manager', 'she may run the life cycle of all keys of the project'],
      ['keyhold roles bind olga auditor --system', 'she may read the whole audit log'],
    ],
    realm: 'either',
    options: onOptions,
    run: async (session, [principal, role], { key, keyRing }) =>
      session.show(
        await session.client.send<BindingReply>('POST', session.path('bindings'), {
          principal,
          role,
          key,
          keyRing,
        }),
      ),
  });
  serverCommand(roles, {
    usage: 'unbind <binding-id>',
    description: 'take a role away',
    examples: [['keyhold roles unbind 7e21…', 'the id is in `roles list`']],
    realm: 'either',
    run: async (session, [id = '']) =>
      session.show(await session.client.send<BindingReply>('DELETE', session.path('bindings', id))),
  });
}

const RULE_COLUMNS: readonly Column<RuleReply>[] = [
  { title: 'effect', of: rule => rule.effect },
  { title: 'permissions', of: rule => shortList(rule.permissions) },
  { title: 'principals', of: rule => shortList(rule.principals) },
  { title: 'on', of: rule => scopeText(rule.scope) },
  { title: 'when', of: rule => rule.conditions.map(conditionText).join(' and ') },
  { title: 'owner', of: rule => rule.owner },
  { title: 'id', of: rule => rule.id },
];

function shortList(items: readonly string[]): string {
  return items.length > 3 ? `${items.slice(0, 3).join(', ')} and ${items.length - 3} more` : items.join(', ');
}

function conditionText({ attribute, operator, values }: RuleReply['conditions'][number]): string {
  return `${attribute} ${operator} ${values.join(',')}`;
}

interface CreateRuleOptions extends OnOptions {
  readonly principal?: readonly string[];
  readonly permission?: readonly string[];
  readonly when?: readonly string[];
  readonly file?: string;
}

function addRuleCommands(program: Command): void {
  const rules = program
    .command('rules')
    .description('allow or deny under conditions; deny wins over everything');
  serverCommand<OnOptions>(rules, {
    usage: 'list',
    description: 'list the rules that are set on the project, a key ring, a key, or the system',
    examples: [['keyhold rules list --key billing', 'grants and policies of every protocol are rules']],
    realm: 'either',
    options: onOptions,
    run: async (session, _args, { key, keyRing }) =>
      session.list(
        await session.client.all<RuleReply>(session.path('rules'), { key, keyRing }),
        RULE_COLUMNS,
      ),
  });
  serverCommand<CreateRuleOptions>(rules, {
    usage: 'create <effect>',
    description: 'write a rule: allow or deny',
    examples: [
      [
        "keyhold rules create deny --principal '*' --permission '*' --when 'source.address notInNetwork 10.0.0.0/8'",
        'only from the own network',
      ],
      ['keyhold rules create allow --principal checkout --permission key.decrypt --key billing', 'a grant'],
      ['keyhold rules create deny --file rule.json', 'members as in the OpenAPI document'],
    ],
    realm: 'either',
    options: command =>
      onOptions(command)
        .option('--principal <principal>', 'name or id, or *; again for each', collect)
        .option('--permission <permission>', 'such as key.encrypt, or *; again for each', collect)
        .option(
          '--when <condition>',
          "'attribute operator value,value': all must hold; again for each",
          collect,
        )
        .option('--file <file>', 'JSON with principals, permissions and conditions'),
    async run(session, [effect], { principal, permission, when, file, key, keyRing }) {
      const written = file === undefined ? {} : jsonIn(file);
      session.show(
        await session.client.send<RuleReply>('POST', session.path('rules'), {
          principals: principal ?? [],
          permissions: permission ?? [],
          conditions: when?.map(parseCondition),
          ...written,
          effect,
          key,
          keyRing,
        }),
      );
    },
  });
  serverCommand(rules, {
    usage: 'delete <rule-id>',
    description: 'delete a rule that administrators wrote',
    examples: [['keyhold rules delete 0b9c…', 'the id is in `rules list`']],
    realm: 'either',
    run: async (session, [id = '']) =>
      session.show(await session.client.send<RuleReply>('DELETE', session.path('rules', id))),
  });
}

function jsonIn(file: string): object {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new CliFailure('usage', `--file must hold JSON: ${file}`);
  }
}

function parseCondition(text: string): object {
  const [attribute, operator, ...rest] = text.trim().split(/\s+/);
  if (attribute === undefined || operator === undefined || rest.length === 0) {
    throw new CliFailure('usage', `--when must have the form 'attribute operator value,value': ${text}`);
  }
  return { attribute, operator, values: rest.join(' ').split(',') };
}
