// What every operation on the project as a whole has in common that a request takes place in: the entry is of it, and names nothing in it.

import type { AuditDetails } from '../../../domain/audit-entry.ts';
import type { Permission } from '../../../domain/permission.ts';
import type { Project } from '../../../domain/project.ts';
import { homeProject } from '../../find-project.ts';
import type { AuditRecord, Demand } from '../../operation.ts';

/** The shared members. `details` adds to the audit entry what the operation allows. */
export function onHomeProject<Input>(permission: Permission, details?: (input: Input) => AuditDetails) {
  return {
    disclosure: 'denied',
    find: homeProject,
    demands: ({ id }: Project): readonly Demand[] => [{ permission, place: { projectId: id } }],
    record: (input: Input, project: Project | undefined): AuditRecord => ({
      projectId: project?.id,
      targets: [],
      ...(details && { details: details(input) }),
    }),
  } as const;
}
