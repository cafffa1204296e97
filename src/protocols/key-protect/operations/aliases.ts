// Aliases: names by which keys of an instance can be meant instead of their ids.

import { findKey } from '../../../core/find-key.ts';
import { createName, deleteName } from '../../../core/operations/names/names.ts';
import { collection, dateText } from '../collections.ts';
import { refusal } from '../fault.ts';
import { ALIASES_PER_INSTANCE_MAX, NAMESPACE, requireAlias } from '../names.ts';
import { guarded, IamIds, perform, performOn } from '../request.ts';
import { type Answer, type Call, NO_CONTENT, type Route, requireNoBody } from '../route.ts';
import { namedKey } from './keys.ts';

const ALIASES_PER_KEY_MAX = 5;

async function serveCreate(call: Call): Promise<Answer> {
  call.query.end();
  requireNoBody(call);
  const { request } = call;
  const text = requireAlias('alias', call.params.alias ?? '');
  const named = await performOn(
    request,
    createName,
    {
      ...namedKey(call),
      namespace: NAMESPACE,
      text,
      namesPerKeyMax: ALIASES_PER_KEY_MAX,
      namesPerNamespaceMax: ALIASES_PER_INSTANCE_MAX,
    },
    { states: [0, 1, 2, 3] },
    { alreadyExists: 'KEY_ALIAS_NOT_UNIQUE_ERR', limitExceeded: 'KEY_ALIAS_QUOTA_ERR' },
  );
  const { actor } = request.context;
  const createdBy =
    actor.type === 'principal' ? await new IamIds(request.kms).of(actor.principal.id) : actor.name;
  const alias = { keyId: named.keyId, alias: named.text, createdBy, creationDate: dateText(named.createdAt) };
  return { status: 201, body: collection('alias', [alias]) };
}

async function serveDelete(call: Call): Promise<Answer> {
  call.query.end();
  requireNoBody(call);
  const { key } = namedKey(call);
  const text = requireAlias('alias', call.params.alias ?? '');
  const operation = guarded(call.request, deleteName, ({ current }) => current, {});
  const find: typeof operation.find = async (reads, context, input, kms) => {
    // The path names a key as well: the alias must be one of it.
    const named = await findKey(reads, context, key);
    const found = await operation.find(reads, context, input, kms);
    if (found.current.key.id !== named.key.id) throw refusal('KEY_NOT_FOUND_ERR');
    return found;
  };
  await perform(call.request, { ...operation, find } as typeof operation, { namespace: NAMESPACE, text });
  return NO_CONTENT;
}

const PATH = '/api/v2/keys/:id/aliases/:alias';

export const ALIAS_ROUTES: readonly Route[] = [
  { method: 'POST', path: PATH, failed: 'Alias could not be created', serve: serveCreate },
  { method: 'DELETE', path: PATH, failed: 'Alias could not be deleted', serve: serveDelete },
];
