// Roles, and who has which one where. The roles are those of the installation: none can be made, and an assignment binds what the role gives.

import { z } from 'zod';
import { cloudId, parseCloudId } from '../../../core/cloud-ids.ts';
import {
  CLOUD_ROLE_NAMES,
  type HeldRole,
  namesOfHeld,
  rolesOfAssignment,
  withImplied,
} from '../../../core/cloud-roles.ts';
import {
  bindRole,
  listBindings,
  listPrincipalBindings,
  unbindRole,
} from '../../../core/operations/access/bindings.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { KmsError } from '../../../domain/errors.ts';
import type { Principal, RoleBinding } from '../../../domain/principal.ts';
import { parseBody, text } from '../body.ts';
import { listAnswer, wholeList } from '../documents/list.ts';
import { roleDocument } from '../documents/nouns.ts';
import { DEFAULT_DOMAIN, homeOf } from '../names.ts';
import { type Answer, type ProvenCall, type Route, readable } from '../route.ts';
import { projectIdOf } from './projects.ts';
import { requireUser } from './users.ts';

const IN_PROJECT = '/projects/:project/users/:user/roles';
const IN_SYSTEM = '/system/users/:user/roles';

export const ROLE_ROUTES: readonly Route[] = [
  ...readable('/roles', list),
  { method: 'POST', path: '/roles', serve: refuseNew },
  ...readable('/roles/:role', show),
  ...[IN_PROJECT, IN_SYSTEM].flatMap((path): readonly Route[] => [
    ...readable(path, assignedTo),
    { method: 'PUT', path: `${path}/:role`, serve: assign },
    { method: 'GET', path: `${path}/:role`, serve: requireAssigned },
    { method: 'HEAD', path: `${path}/:role`, serve: requireAssigned },
    { method: 'DELETE', path: `${path}/:role`, serve: unassign },
  ]),
  ...readable('/role_assignments', listAssignments),
];

const newRole = z.object({ role: z.object({ name: text }) });

async function list(call: ProvenCall): Promise<Answer> {
  await record(call, '/roles');
  const documents = CLOUD_ROLE_NAMES.map(name => roleDocument(call.url, name));
  return listAnswer(call, 'roles', '/roles', documents, ['name']);
}

async function show(call: ProvenCall): Promise<Answer> {
  await record(call, '/roles/{role}');
  return { status: 200, body: { role: roleDocument(call.url, roleNameOf(call)) } };
}

/** Tools that make the roles they need look for them first, or take a conflict for success. */
async function refuseNew(call: ProvenCall): Promise<Answer> {
  const { name } = parseBody(newRole, call.readBody()).role;
  if (CLOUD_ROLE_NAMES.includes(name))
    throw new KmsError('alreadyExists', `There is a role ${name} already.`);
  throw new KmsError('denied', 'The roles of this installation are fixed: no others can be made.');
}

interface Assignment {
  readonly user: Principal;
  /** Undefined: the whole installation. */
  readonly projectId: string | undefined;
  readonly needed: readonly HeldRole[];
}

async function assignmentOf(call: ProvenCall): Promise<Assignment> {
  const projectId = call.params.project === undefined ? undefined : projectIdOf(call);
  const name = roleNameOf(call);
  const user = await requireUser(call);
  return { user, projectId, needed: neededFor(name, projectId) };
}

function neededFor(name: string, projectId: string | undefined): readonly HeldRole[] {
  const given = rolesOfAssignment(name, projectId ?? '') ?? [];
  return projectId === undefined ? given.map(({ role }) => ({ role, scope: { level: 'system' } })) : given;
}

async function assign(call: ProvenCall): Promise<Answer> {
  const { user, needed } = await assignmentOf(call);
  const present = await call.kms.store.bindings.ofPrincipal(user.id);
  for (const { role, scope } of needed) {
    if (present.some(binding => isThat(binding, { role, scope }))) continue;
    const place = scope.level === 'project' ? scope.id : undefined;
    await call.perform(bindRole, place, { principal: user.id, role, scope: { on: 'realm' } });
  }
  if (needed.every(one => present.some(binding => isThat(binding, one)))) await record(call, IN_PROJECT);
  return { status: 204 };
}

async function unassign(call: ProvenCall): Promise<Answer> {
  const { user, needed } = await assignmentOf(call);
  const present = await call.kms.store.bindings.ofPrincipal(user.id);
  const bound = present.filter(binding => needed.some(one => isThat(binding, one)));
  if (bound.length === 0) throw new KmsError('notFound', 'Could not find role assignment.');
  for (const { id, scope } of bound) {
    await call.perform(unbindRole, scope.level === 'project' ? scope.id : undefined, { bindingId: id });
  }
  return { status: 204 };
}

async function requireAssigned(call: ProvenCall): Promise<Answer> {
  const { user, projectId, needed } = await assignmentOf(call);
  const held = await bindingsOf(call, user, projectId);
  if (needed.every(one => held.some(binding => isThat(binding, one)))) return { status: 204 };
  throw new KmsError('notFound', 'Could not find role assignment.');
}

async function assignedTo(call: ProvenCall): Promise<Answer> {
  const projectId = call.params.project === undefined ? undefined : projectIdOf(call);
  const user = await requireUser(call);
  const held = await bindingsOf(call, user, projectId);
  const documents = namesIn(held, projectId).map(name => roleDocument(call.url, name));
  return listAnswer(call, 'roles', '/roles', documents);
}

/** The names of what is bound there itself: what holds in the whole installation is assigned there alone. */
function namesIn(held: readonly HeldRole[], projectId: string | undefined): readonly string[] {
  if (projectId === undefined) return namesOfHeld(held, undefined);
  return namesOfHeld(held, projectId).filter(name =>
    held.some(
      ({ role, scope }) =>
        scope.level === 'project' &&
        scope.id === projectId &&
        rolesOfAssignment(name, projectId)?.some(needed => needed.role === role),
    ),
  );
}

/** As `listPrincipalBindings` allows: in the project, or in the installation. */
async function bindingsOf(
  call: ProvenCall,
  user: Principal,
  projectId: string | undefined,
): Promise<readonly RoleBinding[]> {
  const scope = { on: 'realm' } as const;
  const all = await wholeList(page => call.perform(listBindings, projectId, { scope, page }));
  const here = all.filter(({ principalId }) => principalId === user.id);
  if (projectId === undefined) return here;
  // What a name gives in the whole installation counts for the name in the project.
  const bound = await call.kms.store.bindings.ofPrincipal(user.id);
  return [...here, ...bound.filter(binding => binding.scope.level === 'system')];
}

/** By user, by project, or all in the installation and the caller's project: what is asked for decides who may ask. */
async function listAssignments(call: ProvenCall): Promise<Answer> {
  const { kms, query, caller } = call;
  const projectId = idOfQuery(query.get('scope.project.id'));
  const userId = idOfQuery(query.get('user.id'));
  const effective = query.has('effective') && query.get('effective')?.toLowerCase() !== 'false';
  const user = userId === undefined ? undefined : await kms.store.principals.find(userId);
  let bindings: readonly RoleBinding[];
  if (user !== undefined && projectId === undefined) {
    const own = user.id === caller.actor.principal.id;
    if (own) await record(call, '/role_assignments');
    bindings = own
      ? await kms.store.bindings.ofPrincipal(user.id)
      : (await call.perform(listPrincipalBindings, user.projectId, { principal: user.id })).items;
  } else {
    const scope = { on: 'realm' } as const;
    const place = query.has('scope.system') ? undefined : (projectId ?? caller.projectId);
    const all = await wholeList(page => call.perform(listBindings, place, { scope, page }));
    bindings = user === undefined ? all : all.filter(({ principalId }) => principalId === user.id);
  }
  const documents = await assignmentDocuments(call, bindings, { effective, role: query.get('role.id') });
  return listAnswer(call, 'role_assignments', '/role_assignments', documents);
}

async function assignmentDocuments(
  call: ProvenCall,
  bindings: readonly RoleBinding[],
  { effective, role }: { readonly effective: boolean; readonly role: string | null },
): Promise<readonly object[]> {
  const { kms, query } = call;
  const withNames = query.has('include_names') && query.get('include_names')?.toLowerCase() !== 'false';
  const documents: object[] = [];
  for (const principalId of new Set(bindings.map(binding => binding.principalId))) {
    const held = bindings.filter(binding => binding.principalId === principalId);
    const user = await kms.store.principals.find(principalId);
    if (user === undefined) continue;
    const places = new Set(held.map(({ scope }) => (scope.level === 'project' ? scope.id : undefined)));
    for (const place of places) {
      const direct = namesIn(held, place);
      const names = effective ? withImplied(direct) : direct;
      const assigned = names.filter(name => role === null || name === role);
      if (assigned.length > 0) documents.push(...(await documentsIn(call, user, place, assigned, withNames)));
    }
  }
  return documents;
}

/** One for each name of a role that the user has in the place; undefined is the system. */
async function documentsIn(
  { kms, url }: ProvenCall,
  user: Principal,
  place: string | undefined,
  names: readonly string[],
  withNames: boolean,
): Promise<readonly object[]> {
  const ofUser = withNames && { name: user.name, domain: await homeOf(kms.store, user) };
  const project = place === undefined ? undefined : await kms.store.projects.find(place);
  const ofProject = withNames && { name: project?.name ?? '', domain: DEFAULT_DOMAIN };
  return names.map(name => ({
    role: { id: name, ...(withNames && { name }) },
    user: { id: cloudId(user.id), ...ofUser },
    scope:
      place === undefined ? { system: { all: true } } : { project: { id: cloudId(place), ...ofProject } },
    links: { assignment: `${url}/v3/role_assignments` },
  }));
}

function roleNameOf({ params }: ProvenCall): string {
  const name = params.role ?? '';
  if (CLOUD_ROLE_NAMES.includes(name)) return name;
  throw new KmsError('notFound', 'Could not find role.');
}

function isThat(left: HeldRole, right: HeldRole): boolean {
  const idOf = ({ scope }: HeldRole) => (scope.level === 'system' ? '' : scope.id);
  return left.role === right.role && left.scope.level === right.scope.level && idOf(left) === idOf(right);
}

function idOfQuery(text: string | null): string | undefined {
  return text === null ? undefined : parseCloudId(text);
}

async function record(call: ProvenCall, path: string): Promise<void> {
  await call.perform(answerRequest, call.caller.projectId, { asked: `/v3${path}` });
}
