// The operations on chosen secrets, tokens and what an identity service elsewhere says.

import { randomUUID } from 'node:crypto';
import { utf8 } from '../../src/base/bytes.ts';
import { SecretBytes } from '../../src/base/secret-bytes.ts';
import * as applications from '../../src/core/operations/identity/application-credentials.ts';
import { mirrorCloudIdentity } from '../../src/core/operations/identity/mirror-cloud.ts';
import { changePassword, setPassword } from '../../src/core/operations/identity/passwords.ts';
import { createPrincipal } from '../../src/core/operations/identity/principals.ts';
import { revokeToken } from '../../src/core/operations/identity/revoke-token.ts';
import { listOwnProjects, listProjectsOfPrincipal } from '../../src/core/operations/projects/own-projects.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { type Bench, uniqueName } from './bench.ts';
import { type Trial, trial } from './trial.ts';

const secret = (text: string) => SecretBytes.own(utf8(text));

function callerOf(bench: Bench): Principal {
  return ({ ...bench.context().actor } as { readonly principal: Principal }).principal;
}

async function aUser(bench: Bench): Promise<{ readonly principal: string }> {
  return { principal: (await bench.do(createPrincipal, { name: uniqueName(), kind: 'user' })).id };
}

async function aToken(bench: Bench) {
  const at = bench.kms.clock.now();
  const token = { id: randomUUID(), issuedAt: at, expiresAt: at + 60_000, claims: {} };
  return { proof: { principal: callerOf(bench), token } };
}

const anApplication = () => ({ name: uniqueName(), description: '', roles: ['user' as const] });

const vouched = () => ({ id: randomUUID(), name: uniqueName(), domain: 'Default' });

export const IDENTITY_TRIALS: readonly Trial[] = [
  trial(setPassword, async bench => ({ ...(await aUser(bench)), password: secret('a') })),
  {
    operation: changePassword,
    repeated: 'unauthenticated',
    async prepare(bench) {
      const { id } = callerOf(bench);
      const { projectId } = callerOf(bench);
      const where = projectId === undefined ? 'system' : 'project';
      await bench.do(setPassword, { principal: id, password: secret('before') }, where);
      const input = { before: secret('before'), password: secret('after') };
      return trial(changePassword, async () => input, { where }).prepare(bench);
    },
  },
  trial(revokeToken, aToken),
  trial(applications.createApplicationCredential, async () => anApplication(), { repeated: 'alreadyExists' }),
  trial(
    applications.deleteApplicationCredential,
    async bench => {
      const made = await bench.do(applications.createApplicationCredential, anApplication());
      made.secret[Symbol.dispose]();
      return { lookup: made.credential.lookup };
    },
    { repeated: 'notFound' },
  ),
  trial(mirrorCloudIdentity, async () => ({ user: vouched(), project: vouched() }), { where: 'system' }),
  trial(applications.listApplicationCredentials, async () => undefined),
  trial(listOwnProjects, async () => ({})),
  trial(listProjectsOfPrincipal, aUser),
];
