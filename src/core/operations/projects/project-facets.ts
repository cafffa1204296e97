// What a protocol keeps about a project as a whole, such as the policies of an instance. Read and written by that protocol's folder alone.

import type { Facet, FacetDocument } from '../../../domain/facet.ts';
import type { Project } from '../../../domain/project.ts';
import { readFacet, writeFacet } from '../../facets.ts';
import { contextProject } from '../../find-project.ts';
import type { ChangeOperation, UseOperation } from '../../operation.ts';
import { projectRecord } from './projects.ts';

export interface ReadProjectFacetInput {
  readonly protocol: string;
}

export const readProjectFacet: UseOperation<ReadProjectFacetInput, Project, FacetDocument | undefined> = {
  name: 'project.readFacet',
  kind: 'read',
  disclosure: 'denied',
  find: contextProject,
  demands: project => [{ permission: 'project.read', place: { projectId: project.id } }],
  run: (kms, { target, input }) => readFacet(kms.store, target.id, input.protocol),
  record: (_input, project) => projectRecord(project),
};

export interface WriteProjectFacetInput {
  readonly facet: Facet;
}

/** Answers the whole document as it is now. */
export const writeProjectFacet: ChangeOperation<WriteProjectFacetInput, Project, FacetDocument> = {
  name: 'project.writeFacet',
  kind: 'change',
  disclosure: 'denied',
  find: contextProject,
  demands: project => [{ permission: 'project.configure', place: { projectId: project.id } }],
  run: (_kms, tx, { target, input }) => writeFacet(tx, target.id, input.facet),
  record: ({ facet }, project) => ({
    ...projectRecord(project),
    details: { members: Object.keys(facet.document) },
  }),
};
