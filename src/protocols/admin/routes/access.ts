// Role bindings and rules, and why they would allow something or not.

import { bindRole, listBindings, unbindRole } from '../../../core/operations/access/bindings.ts';
import { explainAccess } from '../../../core/operations/access/explain.ts';
import { createRule, deleteRule, listRules } from '../../../core/operations/access/rules.ts';
import { scopeSelector } from '../names.ts';
import { cursorOf, pageOf, type Route, route } from '../route.ts';
import {
  bindBody,
  bindingReply,
  bindingsReply,
  createRuleBody,
  explainBody,
  explainReply,
  ruleReply,
  rulesReply,
  scopedListQuery,
} from '../shapes/access.ts';

const BINDINGS = { path: '/bindings', realm: 'either', noun: 'roles' } as const;
const RULES = { path: '/rules', realm: 'either', noun: 'rules' } as const;

export const ACCESS_ROUTES: readonly Route[] = [
  route({
    ...BINDINGS,
    method: 'POST',
    summary:
      'Binds a role to a principal on the project, a key ring, a key, or the system. Demands every permission of the role there.',
    permission: 'access.update',
    status: 201,
    body: bindBody,
    reply: bindingReply,
    operation: bindRole,
    decode: ({ body: { principal, role, ...onWhat } }) => ({ principal, role, scope: scopeSelector(onWhat) }),
    encode: binding => binding,
  }),
  route({
    ...BINDINGS,
    method: 'GET',
    summary: 'Lists the role bindings that are set on the project, a key ring, a key, or the system.',
    permission: 'access.read',
    query: scopedListQuery,
    reply: bindingsReply,
    operation: listBindings,
    decode: call => ({ page: pageOf(call), scope: scopeSelector(call.query) }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...BINDINGS,
    method: 'DELETE',
    path: '/bindings/:binding',
    summary: 'Takes a role away. The last administrator of the system stays.',
    permission: 'access.update',
    reply: bindingReply,
    operation: unbindRole,
    decode: ({ params }) => ({ bindingId: params.binding ?? '' }),
    encode: binding => binding,
  }),
  route({
    ...RULES,
    method: 'POST',
    summary:
      'Writes a rule. An allow rule demands every permission that it gives; deny wins over everything.',
    permission: 'access.update',
    status: 201,
    body: createRuleBody,
    reply: ruleReply,
    operation: createRule,
    decode: ({ body: { key, keyRing, ...rule } }) => ({ ...rule, scope: scopeSelector({ key, keyRing }) }),
    encode: rule => rule,
  }),
  route({
    ...RULES,
    method: 'GET',
    summary: 'Lists the rules that are set on the project, a key ring, a key, or the system.',
    permission: 'access.read',
    query: scopedListQuery,
    reply: rulesReply,
    operation: listRules,
    decode: call => ({ page: pageOf(call), scope: scopeSelector(call.query) }),
    encode: ({ items, next }, call) => ({ items, ...cursorOf(call, next) }),
  }),
  route({
    ...RULES,
    method: 'DELETE',
    path: '/rules/:rule',
    summary: 'Deletes a rule that administrators wrote.',
    permission: 'access.update',
    reply: ruleReply,
    operation: deleteRule,
    decode: ({ params }) => ({ ruleId: params.rule ?? '' }),
    encode: rule => rule,
  }),
  route({
    method: 'POST',
    path: '/explain',
    realm: 'either',
    noun: 'access',
    summary: 'Tells whether a principal would be allowed something, and which binding or rule decides.',
    permission: 'access.read',
    body: explainBody,
    reply: explainReply,
    operation: explainAccess,
    decode: ({ body: { principal, permission, attributes, ...onWhat } }) => ({
      principal,
      permission,
      attributes,
      scope: scopeSelector(onWhat),
    }),
    encode: explanation => explanation,
  }),
];
