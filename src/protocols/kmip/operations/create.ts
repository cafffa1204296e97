// Create: a symmetric key, or secret data, with material that is made here.

import { make, read } from '../../../wire/ttlv/index.ts';
import { readAttributesOf } from '../attributes/values.ts';
import { created } from '../identifier.ts';
import { makeObject } from '../objects/make-object.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { operation } from '../operation.ts';

export const CREATE = operation({
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    const given = readAttributesOf(payload, request.version);
    readStorageMasks(payload);
    return { objectType, given };
  },

  async run(request, { objectType, given }) {
    const id = await makeObject(request, objectType, given);
    return [make.enumeration('ObjectType', objectType), created(request, 'Create', id)];
  },
});
