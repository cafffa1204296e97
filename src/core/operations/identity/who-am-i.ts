// What the server knows of the caller: the first thing to ask when something is refused.

import type { Credential, Principal, RoleBinding } from '../../../domain/principal.ts';
import type { Project } from '../../../domain/project.ts';
import type { UseOperation } from '../../operation.ts';
import { forEveryCaller } from '../without-target.ts';
import { requireCaller } from './require-caller.ts';

export interface Whoami {
  readonly principal: Principal;
  readonly credentialId: Credential['id'];
  /** The home project; undefined for a principal of the system. */
  readonly project?: Project | undefined;
  readonly bindings: readonly RoleBinding[];
}

export const whoAmI: UseOperation<undefined, undefined, Whoami> = {
  name: 'principal.whoAmI',
  kind: 'read',
  ...forEveryCaller,
  async run(kms, { context }) {
    const { principal, credentialId } = requireCaller(context);
    const [project, bindings] = await Promise.all([
      principal.projectId === undefined ? undefined : kms.store.projects.find(principal.projectId),
      kms.store.bindings.ofPrincipal(principal.id),
    ]);
    return { principal, credentialId, project, bindings };
  },
  record: () => ({ targets: [] }),
};
