// Resources that depend on keys.

import {
  listRegistrations,
  readRegistration,
} from '../../../core/operations/registrations/list-registrations.ts';
import {
  createRegistration,
  deleteRegistration,
  replaceRegistration,
  updateRegistration,
} from '../../../core/operations/registrations/registrations.ts';
import type { ResourceMatch } from '../../../core/ports/registrations.ts';
import { keySelector } from '../names.ts';
import { type Call, cursorOf, type Route, route, windowOf } from '../route.ts';
import {
  createRegistrationBody,
  listRegistrationsQuery,
  registrationReply,
  registrationsReply,
  replaceRegistrationBody,
  updateRegistrationBody,
} from '../shapes/registrations.ts';

const SHARED = { realm: 'project', noun: 'registrations' } as const;
const OF_KEY = { ...SHARED, path: '/keys/:key/registrations' } as const;
const ONE = { ...SHARED, path: '/keys/:key/registrations/:resource', reply: registrationReply } as const;

const key = ({ params }: Call) => keySelector(params.key ?? '');
const named = (call: Call) => ({ key: key(call), resource: call.params.resource ?? '' });

/** `<beginning>*`, `*<end>`, or the whole name. */
function readPattern(pattern: string): ResourceMatch {
  if (pattern.endsWith('*')) return { by: 'prefix', text: pattern.slice(0, -1) };
  if (pattern.startsWith('*')) return { by: 'suffix', text: pattern.slice(1) };
  return { by: 'whole', text: pattern };
}

function readFilter({ resource, preventsDestruction }: (typeof listRegistrationsQuery)['_zod']['output']) {
  return {
    // A pattern of nothing but the asterisk is every resource.
    resource: resource === undefined || resource === '*' ? undefined : readPattern(resource),
    preventsDestruction: preventsDestruction === undefined ? undefined : preventsDestruction === 'true',
  };
}

function expecting(revision: number | undefined) {
  return revision === undefined ? {} : { expectedRevisions: [revision] };
}

const list = {
  query: listRegistrationsQuery,
  reply: registrationsReply,
  operation: listRegistrations,
  permission: 'registration.read',
  method: 'GET',
} as const;

export const REGISTRATION_ROUTES: readonly Route[] = [
  route({
    ...OF_KEY,
    method: 'POST',
    summary: 'Says that a resource depends on a key, and whether that prevents its destruction.',
    permission: 'registration.create',
    status: 201,
    body: createRegistrationBody,
    reply: registrationReply,
    operation: createRegistration,
    decode: call => ({ key: key(call), ...call.body }),
    encode: registration => registration,
  }),
  route({
    ...OF_KEY,
    ...list,
    summary: 'Lists the resources that depend on a key.',
    decode: call => ({ key: key(call), ...readFilter(call.query), window: windowOf(call) }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...SHARED,
    ...list,
    path: '/registrations',
    summary: 'Lists the resources that depend on the keys of a project.',
    decode: call => ({ ...readFilter(call.query), window: windowOf(call) }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...ONE,
    method: 'GET',
    summary: 'Shows what is said of a resource that depends on a key.',
    permission: 'registration.read',
    operation: readRegistration,
    decode: named,
    encode: registration => registration,
  }),
  route({
    ...ONE,
    method: 'PATCH',
    summary: 'Changes what is said of a resource that depends on a key.',
    permission: 'registration.update',
    body: updateRegistrationBody,
    operation: updateRegistration,
    decode: call => ({ ...named(call), ...call.body, ...expecting(call.body.revision) }),
    encode: registration => registration,
  }),
  route({
    ...ONE,
    method: 'PUT',
    summary: 'Says everything of a resource that depends on a key anew.',
    permission: 'registration.update',
    body: replaceRegistrationBody,
    operation: replaceRegistration,
    decode: call => ({
      ...named(call),
      ...call.body,
      keyVersion: call.body.keyVersion,
      ...expecting(call.body.revision),
    }),
    encode: registration => registration,
  }),
  route({
    ...ONE,
    method: 'DELETE',
    summary: 'Says that a resource depends on a key no more.',
    permission: 'registration.delete',
    operation: deleteRegistration,
    decode: named,
    encode: registration => registration,
  }),
];
