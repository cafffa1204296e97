// A page of the keys of a project, in the order of their ids.

import type { Key } from '../../../domain/key.ts';
import type { KeyState } from '../../../domain/key-state.ts';
import type { Project } from '../../../domain/project.ts';
import { requirePage } from '../../checks.ts';
import { type WithFacet, withFacets } from '../../facets.ts';
import { homeProject } from '../../find-project.ts';
import type { UseOperation } from '../../operation.ts';
import type { Page, PageRequest } from '../../ports/store.ts';

export interface ListKeysInput {
  readonly page: PageRequest;
  readonly location?: string | undefined;
  readonly keyRingId?: string | undefined;
  readonly states?: readonly KeyState[] | undefined;
  /** The protocol whose facets are wanted as well. */
  readonly withFacet?: string | undefined;
}

export interface KeyPage extends Page<Key & WithFacet> {
  readonly project: Project;
}

export const listKeys: UseOperation<ListKeysInput, Project, KeyPage> = {
  name: 'key.list',
  kind: 'read',
  disclosure: 'denied',
  check: input => requirePage(input.page),
  find: (reads, context) => homeProject(reads, context),
  demands: (project, input) => [
    { permission: 'key.list', place: { projectId: project.id, keyRingId: input.keyRingId } },
  ],
  async run(kms, { target, input }) {
    const { page, withFacet, ...filter } = input;
    const keys = await kms.store.keys.list({ projectId: target.id, ...filter }, page);
    return { ...keys, items: await withFacets(kms.store, keys.items, withFacet), project: target };
  },
  record: (_input, project) => ({ projectId: project?.id, targets: [] }),
};
