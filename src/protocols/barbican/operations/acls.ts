// Access lists: `/v1/secrets/{id}/acl` and `/v1/containers/{id}/acl`. There is one operation that they are about, reading.

import { execute } from '../../../core/execute.ts';
import {
  deleteAccessList,
  readAccessList,
  setAccessList,
} from '../../../core/operations/secrets/access-lists.ts';
import type { ObjectReference } from '../../../core/operations/secrets/reach.ts';
import type { JsonValue } from '../../../wire/json.ts';
import { readObject } from '../body.ts';
import { Members } from '../members.ts';
import { listedPrincipal } from '../names.ts';
import type { Answer, Call, Route } from '../route.ts';
import { accessShape, containerRef, secretRef } from '../shapes.ts';
import { containerId } from './containers.ts';
import { secretId } from './secrets.ts';

const SCHEMA = 'ACL';

interface GivenAccess {
  readonly openToProject: boolean | undefined;
  readonly users: readonly string[] | undefined;
}

/** Undefined for a body that names no operation, or says nothing of it. */
function readAccess(call: Call): GivenAccess | undefined {
  const members = new Members(SCHEMA, readObject(call.body));
  const stray = members.names().find(name => name !== 'read');
  if (stray !== undefined) return members.refuse(`Additional properties are not allowed: ${stray}`);
  const read = members.object('read');
  if (read === undefined || read.names().length === 0) return undefined;
  const strayRead = read.names().find(name => name !== 'users' && name !== 'project-access');
  if (strayRead !== undefined) return read.refuse(`Additional properties are not allowed: ${strayRead}`);
  const openToProject = read.value('project-access');
  if (openToProject !== undefined && typeof openToProject !== 'boolean') {
    return read.refuse(`project-access is not of type 'boolean'`);
  }
  return { openToProject, users: readUsers(read) };
}

function readUsers(read: Members): readonly string[] | undefined {
  const users = read.value('users');
  if (users === undefined) return undefined;
  if (!Array.isArray(users)) return read.refuse(`users is not of type 'array'`);
  return users.map((user: JsonValue) =>
    typeof user === 'string' && user !== '' ? user : read.refuse('users are texts that are not empty'),
  );
}

function routesOf(noun: ObjectReference['noun']): readonly Route[] {
  const path = `/v1/${noun}s/:id/acl`;
  const objectOf = (call: Call): ObjectReference => ({
    noun,
    id: noun === 'secret' ? secretId(call) : containerId(call),
  });
  const answer = (call: Call): Answer => {
    const { id } = objectOf(call);
    const ref = noun === 'secret' ? secretRef(call.url(), id) : containerRef(call.url(), id);
    return { status: 200, body: { acl_ref: `${ref}/acl` } };
  };
  const show = async (call: Call): Promise<Answer> => {
    const of = objectOf(call);
    return { status: 200, body: accessShape(await execute(call.kms, readAccessList, call.context, { of })) };
  };
  const replace = async (call: Call): Promise<Answer> => {
    const of = objectOf(call);
    const given = readAccess(call);
    if (given === undefined) {
      await execute(call.kms, deleteAccessList, call.context, { of });
      return answer(call);
    }
    const { openToProject = true, users = [] } = given;
    const principals = users.map(listedPrincipal);
    await execute(call.kms, setAccessList, call.context, { of, openToProject, principals });
    return answer(call);
  };
  const merge = async (call: Call): Promise<Answer> => {
    const of = objectOf(call);
    const given = readAccess(call);
    const principals = given?.users?.map(listedPrincipal);
    const openToProject = given?.openToProject;
    await execute(call.kms, setAccessList, call.context, { of, openToProject, principals });
    return answer(call);
  };
  const remove = async (call: Call): Promise<Answer> => {
    await execute(call.kms, deleteAccessList, call.context, { of: objectOf(call) });
    return { status: 200, body: null };
  };
  return [
    { method: 'GET', path, about: noun, serve: show },
    { method: 'PUT', path, about: noun, takes: 'json', needs: 'secret.ownAccess', serve: replace },
    { method: 'PATCH', path, about: noun, takes: 'json', needs: 'secret.ownAccess', serve: merge },
    { method: 'DELETE', path, about: noun, serve: remove },
  ];
}

export const ACL_ROUTES: readonly Route[] = [...routesOf('secret'), ...routesOf('container')];
