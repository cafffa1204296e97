// The settings of a project that a protocol has and that every protocol obeys: what the protocol keeps about them, and the deny rules that
// carry them out, written together. A deny rule gives nobody anything, so that it takes no more than the right to configure the project.

import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import type { Facet } from '../../../domain/facet.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import type { Rule } from '../../../domain/rule.ts';
import { writeFacet } from '../../facets.ts';
import { contextProject } from '../../find-project.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { StoreReads } from '../../ports/store.ts';
import { permissionsToStore, requireRule } from '../access/rule-checks.ts';
import { projectRecord } from './projects.ts';

export type Denial = Pick<Rule, 'id' | 'permissions' | 'conditions'>;

export interface WriteDenialsInput {
  readonly facet: Facet;
  /** The protocol: its rules on the project, and no others, become these. */
  readonly owner: string;
  readonly denials: readonly Denial[];
  /** Refuse with `conflict` when the project is at another revision: somebody else has changed the settings meanwhile. */
  readonly expectedRevision: number;
}

export const writeDenials: ChangeOperation<WriteDenialsInput, Project, Project> = {
  name: 'project.writeDenials',
  kind: 'change',
  disclosure: 'denied',
  check(input) {
    for (const denial of input.denials) requireRule({ ...denial, effect: 'deny', principals: ['*'] });
  },
  find: contextProject,
  demands: project => [{ permission: 'project.configure', place: { projectId: project.id } }],
  async run(_kms, tx, { target, input, at }) {
    if (target.revision !== input.expectedRevision) {
      throw new KmsError('conflict', 'The settings of the project were changed meanwhile.');
    }
    const rules = await rulesOf(tx, target);
    const others = rules.filter(({ owner }) => owner !== input.owner);
    if (others.length + input.denials.length > LIMITS.rulesPerObjectMax) {
      throw limitExceeded('An object', LIMITS.rulesPerObjectMax, 'rules');
    }
    for (const { id, owner } of rules) if (owner === input.owner) await tx.rules.delete(id);
    for (const { id, permissions, conditions } of input.denials) {
      const body = { effect: 'deny', principals: ['*'], permissions, conditions } as const;
      await tx.rules.insert({
        ...body,
        id,
        permissions: permissionsToStore(body),
        scope: { level: 'project', id: target.id },
        owner: input.owner,
        createdAt: at,
      });
    }
    await writeFacet(tx, target.id, input.facet);
    await tx.projects.update(target);
    return { ...target, revision: target.revision + 1 };
  },
  record: ({ owner, denials, facet }, project) => ({
    ...projectRecord(project),
    details: { owner, denials: denials.length, members: Object.keys(facet.document) },
  }),
};

/** As many as an object may have, and one more would be too many. */
async function rulesOf(reads: StoreReads, { id }: Project): Promise<readonly Rule[]> {
  const page = await reads.rules.ofScope({ level: 'project', id }, { limit: LIMITS.rulesPerObjectMax });
  return page.items;
}
