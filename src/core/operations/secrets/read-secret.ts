// What is said of secrets: of one, or of those that match, as a window of the list with the size of the whole. Payloads: reveal-secret.ts.

import type { Consumer } from '../../../domain/consumer.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import type { Secret } from '../../../domain/secret.ts';
import { requireText, requireWindow } from '../../checks.ts';
import { actorId } from '../../context.ts';
import type { Kms } from '../../kms.ts';
import type { UseOperation } from '../../operation.ts';
import type { Window } from '../../ports/registrations.ts';
import type { SecretQuery, SecretSortTerm } from '../../ports/secrets.ts';
import { onHomeProject } from '../projects/on-home-project.ts';
import { findSecret, objectRecord, type Reached, readDemands } from './reach.ts';

export interface ReadSecretInput {
  readonly id: string;
  readonly withConsumers?: boolean | undefined;
}

export interface ShownSecret {
  readonly secret: Secret;
  /** Undefined where they were not asked for. */
  readonly consumers?: readonly Consumer[] | undefined;
}

export const readSecret: UseOperation<ReadSecretInput, Reached<Secret>, ShownSecret> = {
  name: 'secret.read',
  kind: 'read',
  disclosure: 'denied',
  find: (reads, context, { id }, kms) => findSecret(reads, context, id, kms.clock.now()),
  demands: (target, _input, context) => readDemands('secret.read', target, context),
  async run(kms, { input, target: { object: secret } }) {
    const [shown] = await dressed(kms, [secret], input.withConsumers);
    return shown ?? { secret };
  },
  record: ({ id }, target) => objectRecord({ noun: 'secret', id }, target),
};

export interface ListSecretsInput extends Omit<SecretQuery, 'within' | 'at'> {
  /** Instead of those of the project: those of any project whose access lists name the caller. */
  readonly listed?: boolean | undefined;
  readonly sort?: readonly SecretSortTerm[] | undefined;
  readonly window: Window;
  readonly withConsumers?: boolean | undefined;
}

export interface SecretList {
  readonly items: readonly ShownSecret[];
  readonly total: number;
}

export const listSecrets: UseOperation<ListSecretsInput, Project, SecretList> = {
  name: 'secret.list',
  kind: 'read',
  ...onHomeProject('secret.list'),
  check(input) {
    requireWindow(input.window);
    for (const field of ['name', 'algorithm', 'mode'] as const) {
      const pattern = input[field];
      if (pattern !== undefined) requireText(field, pattern, 0, LIMITS.nameCharactersMax);
    }
  },
  async run(kms, { input, target: { id: projectId }, context }) {
    const { listed, sort = [], window, withConsumers, ...asked } = input;
    const within = listed ? { listing: actorId(context.actor) } : { projectId };
    const query = { ...asked, within, at: kms.clock.now() };
    const secrets = await kms.store.secrets.search(query, sort, window);
    const total = await kms.store.secrets.count(query);
    return { items: await dressed(kms, secrets, withConsumers), total };
  },
};

async function dressed(
  kms: Kms,
  secrets: readonly Secret[],
  withConsumers: boolean | undefined,
): Promise<readonly ShownSecret[]> {
  if (!withConsumers) return secrets.map(secret => ({ secret }));
  const consumers = await kms.store.consumers.ofObjects(secrets.map(({ id }) => id));
  const bySecret = Map.groupBy(consumers, ({ objectId }) => objectId);
  return secrets.map(secret => ({ secret, consumers: bySecret.get(secret.id) ?? [] }));
}
