// Users: principals of the installation (the default domain) or of a project (the domain of its name), with their passwords.

import { z } from 'zod';
import { utf8 } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { parseCloudId } from '../../../core/cloud-ids.ts';
import type { WithFacet } from '../../../core/facets.ts';
import { changePassword, setPassword } from '../../../core/operations/identity/passwords.ts';
import {
  createPrincipal,
  deletePrincipal,
  listPrincipals,
  readPrincipal,
  updatePrincipal,
} from '../../../core/operations/identity/principals.ts';
import { whoAmI } from '../../../core/operations/identity/who-am-i.ts';
import { listOwnProjects, listProjectsOfPrincipal } from '../../../core/operations/projects/own-projects.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Principal } from '../../../domain/principal.ts';
import { parseBody, text } from '../body.ts';
import { listAnswer, wholeList } from '../documents/list.ts';
import { projectDocument, userDocument } from '../documents/nouns.ts';
import { DEFAULT_DOMAIN, domainOfId, PROTOCOL_NAME } from '../names.ts';
import { type Answer, type ProvenCall, type Route, readable } from '../route.ts';

export const USER_ROUTES: readonly Route[] = [
  ...readable('/users', list),
  { method: 'POST', path: '/users', serve: create },
  ...readable('/users/:user', show),
  { method: 'PATCH', path: '/users/:user', serve: update },
  { method: 'DELETE', path: '/users/:user', serve: remove },
  { method: 'POST', path: '/users/:user/password', serve: change },
  ...readable('/users/:user/projects', projectsOf),
  ...readable('/users/:user/groups', groupsOf),
  ...readable('/groups', async call => {
    await call.perform(whoAmI, call.caller.projectId, undefined);
    return listAnswer(call, 'groups', '/groups', []);
  }),
];

const password = z.string().max(4_096);

const details = {
  email: z.string().max(320).nullish(),
  description: z.string().max(1_024).nullish(),
  default_project_id: text.nullish(),
  enabled: z.boolean().optional(),
  options: z.strictObject({}).optional(),
};

const newUser = z.strictObject({
  user: z.strictObject({ ...details, name: text, domain_id: text.nullish(), password: password.nullish() }),
});

const changedUser = z.strictObject({
  user: z.strictObject({ ...details, name: text.optional(), password: password.nullish() }),
});

const passwords = z.strictObject({ user: z.strictObject({ original_password: password, password }) });

/** A user of a path, as whoever may see it finds it. */
export async function requireUser(call: ProvenCall): Promise<Principal> {
  const id = parseCloudId(call.params.user ?? '');
  const user = id === undefined ? undefined : await call.kms.store.principals.find(id);
  if (user === undefined) throw new KmsError('notFound', 'Could not find user.');
  return user;
}

export function isSelf({ caller }: ProvenCall, { id }: Principal): boolean {
  return caller.actor.principal.id === id;
}

async function list(call: ProvenCall): Promise<Answer> {
  const { kms, url, query } = call;
  const domain = await domainOfId(kms.store, query.get('domain_id') ?? DEFAULT_DOMAIN.id);
  if (domain === undefined) return listAnswer(call, 'users', '/users', []);
  const users = await wholeList(page =>
    call.perform(listPrincipals, domain.projectId, { page, withFacet: PROTOCOL_NAME }),
  );
  const documents = users.map(user => userDocument(url, user));
  return listAnswer(call, 'users', '/users', documents, ['name', 'enabled']);
}

async function create(call: ProvenCall): Promise<Answer> {
  const { kms, url } = call;
  const { name, domain_id, password: given, enabled, ...more } = parseBody(newUser, call.readBody()).user;
  const domain = await domainOfId(kms.store, domain_id ?? DEFAULT_DOMAIN.id);
  if (domain === undefined) throw new KmsError('notFound', 'Could not find domain.');
  const home = domain.projectId;
  const made = await call.perform(createPrincipal, home, { name, kind: 'user', facet: facetOf(more) });
  let user: Principal & WithFacet = made;
  try {
    if (typeof given === 'string') await giveWord(call, made, given);
    if (enabled === false) user = await call.perform(updatePrincipal, home, { principal: made.id, enabled });
  } catch (thrown) {
    // A user that is half made would stand in the way of the next try.
    await call.perform(deletePrincipal, home, { principal: made.id, facetOf: PROTOCOL_NAME });
    throw thrown;
  }
  return { status: 201, body: { user: userDocument(url, { ...user, facet: made.facet }) } };
}

async function show(call: ProvenCall): Promise<Answer> {
  const { url } = call;
  const user = await requireUser(call);
  if (isSelf(call, user)) {
    const { principal } = await call.perform(whoAmI, call.caller.projectId, undefined);
    return { status: 200, body: { user: userDocument(url, principal) } };
  }
  const input = { principal: user.id, withFacet: PROTOCOL_NAME };
  const found = await call.perform(readPrincipal, user.projectId, input);
  return { status: 200, body: { user: userDocument(url, found) } };
}

async function update(call: ProvenCall): Promise<Answer> {
  const { url } = call;
  const { name, enabled, password: given, ...more } = parseBody(changedUser, call.readBody()).user;
  const user = await requireUser(call);
  const input = { principal: user.id, name, enabled, facet: facetOf(more) };
  const after = await call.perform(updatePrincipal, user.projectId, input);
  if (typeof given === 'string') await giveWord(call, user, given);
  return { status: 200, body: { user: userDocument(url, after) } };
}

async function remove(call: ProvenCall): Promise<Answer> {
  const user = await requireUser(call);
  const input = { principal: user.id, facetOf: PROTOCOL_NAME };
  await call.perform(deletePrincipal, user.projectId, input);
  return { status: 204 };
}

/** One's own, by who knows the one before. */
async function change(call: ProvenCall): Promise<Answer> {
  const { original_password: original, password: given } = parseBody(passwords, call.readBody()).user;
  const user = await requireUser(call);
  if (!isSelf(call, user)) throw new KmsError('denied', 'The password is that of another user.');
  using before = SecretBytes.own(utf8(original));
  using word = SecretBytes.own(utf8(given));
  await call.perform(changePassword, call.caller.projectId, { before, password: word });
  return { status: 204 };
}

async function projectsOf(call: ProvenCall): Promise<Answer> {
  const { url, caller } = call;
  const user = await requireUser(call);
  const { items } = isSelf(call, user)
    ? await call.perform(listOwnProjects, caller.projectId, { withFacet: PROTOCOL_NAME })
    : await call.perform(listProjectsOfPrincipal, user.projectId, {
        principal: user.id,
        withFacet: PROTOCOL_NAME,
      });
  const documents = items.map(project => projectDocument(url, project));
  return listAnswer(call, 'projects', `/users/${call.params.user}/projects`, documents, ['name', 'id']);
}

/** There are no groups. */
async function groupsOf(call: ProvenCall): Promise<Answer> {
  await show(call);
  return listAnswer(call, 'groups', `/users/${call.params.user}/groups`, []);
}

async function giveWord(call: ProvenCall, user: Principal, given: string): Promise<void> {
  using word = SecretBytes.own(utf8(given));
  await call.perform(setPassword, user.projectId, { principal: user.id, password: word });
}

function facetOf(details: {
  readonly email?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly default_project_id?: string | null | undefined;
}) {
  const { email, description, default_project_id } = details;
  return { protocol: PROTOCOL_NAME, document: { email, description, default_project_id } };
}
