// Application credentials of the caller: a program's own way to be the user in one project.

import { z } from 'zod';
import { decodeUtf8, utf8 } from '../../../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../../../base/secret-bytes.ts';
import { cloudId } from '../../../core/cloud-ids.ts';
import { namesOfHeld, rolesOfAssignment } from '../../../core/cloud-roles.ts';
import { cloudRoleNames } from '../../../core/cloud-session.ts';
import {
  createApplicationCredential,
  deleteApplicationCredential,
  listApplicationCredentials,
} from '../../../core/operations/identity/application-credentials.ts';
import type { CredentialFacts } from '../../../core/operations/identity/credentials.ts';
import { invalidInput, KmsError } from '../../../domain/errors.ts';
import type { Role } from '../../../domain/permission.ts';
import { parseBody, text } from '../body.ts';
import { instantText, parseInstant } from '../documents/instants.ts';
import { listAnswer } from '../documents/list.ts';
import { type Answer, type ProvenCall, type Route, readable } from '../route.ts';
import { isSelf, requireUser } from './users.ts';

const PATH = '/users/:user/application_credentials';

export const APPLICATION_CREDENTIAL_ROUTES: readonly Route[] = [
  ...readable(PATH, list),
  { method: 'POST', path: PATH, serve: create },
  ...readable(`${PATH}/:id`, show),
  { method: 'DELETE', path: `${PATH}/:id`, serve: remove },
];

/** Access rules, and leave to make further credentials, are not offered: asked for, they are refused. */
const newCredential = z.strictObject({
  application_credential: z.strictObject({
    name: z.string().min(1).max(255),
    description: z.string().max(1_024).nullish(),
    secret: z.string().min(1).max(1_024).nullish(),
    expires_at: text.nullish(),
    roles: z
      .array(z.object({ id: text.optional(), name: text.optional() }))
      .max(32)
      .nullish(),
    unrestricted: z.literal(false).nullish(),
    access_rules: z.array(z.unknown()).max(0).nullish(),
    project_id: text.optional(),
  }),
});

async function create(call: ProvenCall): Promise<Answer> {
  const { kms, caller } = call;
  await requireSelf(call);
  const given = parseBody(newCredential, call.readBody()).application_credential;
  const names = given.roles?.map(({ id, name }) => id ?? name ?? '') ?? (await cloudRoleNames(kms, caller));
  using secret = typeof given.secret === 'string' ? SecretBytes.own(utf8(given.secret)) : undefined;
  const made = await call.perform(createApplicationCredential, caller.projectId, {
    name: given.name,
    description: given.description ?? '',
    roles: rolesOf(names, caller.projectId ?? ''),
    expiresAt: typeof given.expires_at === 'string' ? requireInstant(given.expires_at) : undefined,
    secret,
  });
  using shown = made.secret;
  const document = { ...documentOf(call, made.credential), secret: decodeUtf8(revealSecretBytes(shown)) };
  return { status: 201, body: { application_credential: document } };
}

async function list(call: ProvenCall): Promise<Answer> {
  const documents = (await own(call)).map(credential => documentOf(call, credential));
  const path = `/users/${call.params.user}/application_credentials`;
  return listAnswer(call, 'application_credentials', path, documents, ['name']);
}

async function show(call: ProvenCall): Promise<Answer> {
  const credential = (await own(call)).find(({ lookup }) => lookup === call.params.id);
  if (credential === undefined) throw new KmsError('notFound', 'Could not find application credential.');
  return { status: 200, body: { application_credential: documentOf(call, credential) } };
}

async function remove(call: ProvenCall): Promise<Answer> {
  await requireSelf(call);
  const input = { lookup: call.params.id ?? '' };
  await call.perform(deleteApplicationCredential, call.caller.projectId, input);
  return { status: 204 };
}

async function own(call: ProvenCall): Promise<readonly CredentialFacts[]> {
  await requireSelf(call);
  return (await call.perform(listApplicationCredentials, call.caller.projectId, undefined)).items;
}

async function requireSelf(call: ProvenCall): Promise<void> {
  if (isSelf(call, await requireUser(call))) return;
  throw new KmsError('denied', 'Application credentials are for their user alone.');
}

function rolesOf(names: readonly string[], projectId: string): readonly Role[] {
  return [
    ...new Set(
      names.flatMap(name => {
        const held = rolesOfAssignment(name, projectId);
        if (held === undefined) throw invalidInput('roles', 'must be roles of this installation');
        return held.map(({ role }) => role);
      }),
    ),
  ];
}

function requireInstant(text: string): number {
  const at = parseInstant(text);
  if (at === undefined) throw invalidInput('expires_at', 'must be an instant of ISO 8601');
  return at;
}

function documentOf(
  { url }: ProvenCall,
  { lookup, principalId, expiresAt, application }: CredentialFacts,
): object {
  const { name = '', description = '', projectId = '', roles = [] } = application ?? {};
  const scope = { level: 'project', id: projectId } as const;
  const names = namesOfHeld(
    roles.map(role => ({ role, scope })),
    projectId,
  );
  return {
    id: lookup,
    name,
    description,
    project_id: cloudId(projectId),
    roles: names.map(one => ({ id: one, name: one, domain_id: null })),
    expires_at: expiresAt === undefined ? null : instantText(expiresAt),
    unrestricted: false,
    links: { self: `${url}/v3/users/${cloudId(principalId)}/application_credentials/${lookup}` },
  };
}
