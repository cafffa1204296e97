// Users and projects of an identity service elsewhere, when they are first seen here: a principal of the system and a project, under the
// ids that they have there. What they may do is said by each token, and nothing of it is kept.

import { targetsOf } from '../../../domain/audit-entry.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { actorId } from '../../context.ts';
import type { ChangeOperation } from '../../operation.ts';
import type { Vouched } from '../../ports/token-authority.ts';
import { isId } from '../../references.ts';
import { insertProject } from '../projects/projects.ts';

/** With our ids. */
export interface MirrorCloudInput {
  readonly user: Vouched;
  readonly project?: Vouched | undefined;
}

export const mirrorCloudIdentity: ChangeOperation<MirrorCloudInput, undefined, undefined> = {
  name: 'identity.mirror',
  kind: 'change',
  disclosure: 'denied',
  find: async () => undefined,
  demands: () => [
    { permission: 'principal.create', place: {} },
    { permission: 'project.create', place: {} },
  ],
  async run(kms, tx, { input: { user, project }, context, at }) {
    const createdBy = actorId(context.actor);
    if (project !== undefined && (await tx.projects.find(project.id)) === undefined) {
      const name = await freeName(project, async text => (await tx.projects.findByName(text)) !== undefined);
      await insertProject(kms, tx, { id: project.id, name, createdBy, at });
    }
    if ((await tx.principals.find(user.id)) === undefined) {
      const name = await freeName(
        user,
        async text => (await tx.principals.findByName(undefined, text)) !== undefined,
      );
      await tx.principals.insert({
        id: user.id,
        projectId: undefined,
        kind: 'user',
        name,
        enabled: true,
        createdAt: at,
        revision: 1,
      });
    }
    return undefined;
  },
  record: ({ user, project }) => ({
    projectId: project?.id,
    targets: [...targetsOf('principal', user), ...targetsOf('project', project)],
    details: {},
  }),
};

const NAME_CHARACTERS_MAX = Math.min(LIMITS.principalNameCharactersMax, LIMITS.projectNameCharactersMax);

/**
 * A name by which operators find it here: its own, that with the domain behind it, or that with a part of the id behind it, whichever is
 * free. Characters that names of ours do not have become dashes.
 */
async function freeName(
  { id, name, domain }: Vouched,
  isTaken: (text: string) => Promise<boolean>,
): Promise<string> {
  const plain = (text: string): string =>
    text.replaceAll(/[^A-Za-z0-9._@+-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'unnamed';
  const own = plain(name);
  const cut = (text: string, behind: string): string =>
    text.slice(0, NAME_CHARACTERS_MAX - behind.length) + behind;
  const candidates = [cut(own, ''), cut(own, `@${plain(domain).slice(0, 32)}`), cut(own, `@${id}`)];
  for (const candidate of candidates) {
    if (!isId(candidate.toLowerCase()) && !(await isTaken(candidate))) return candidate;
  }
  return id.replaceAll('-', '');
}
