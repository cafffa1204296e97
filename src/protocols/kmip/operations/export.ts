// Export (KMIP 1.4 section 4.43, 2.1 section 6.1.20): the object with all its attributes, to be imported elsewhere. Of a destroyed object its
// attributes are left.

import { make } from '../../../wire/ttlv/index.ts';
import { namesHeld } from '../attributes/held.ts';
import { created, readIdentifier } from '../identifier.ts';
import { hasOwnTags } from '../names.ts';
import { findObject } from '../objects/find.ts';
import { operation } from '../operation.ts';
import { readAskedForm, takeOut } from './get.ts';
import { writeValues } from './get-attributes.ts';

export const EXPORT = operation({
  since: '1.4',
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    asked: readAskedForm(payload, request),
  }),

  async run(request, { id, asked }) {
    const object = await findObject(request, id);
    const isDestroyed = object.key.state === 'destroyed';
    const field = isDestroyed ? undefined : (await takeOut(request, id, asked)).field;
    const attributes = await writeValues(request, object, namesHeld(object, request));
    return [
      make.enumeration('ObjectType', object.facts.objectType),
      created(request, 'Export', id),
      ...(hasOwnTags(request.version) ? [make.structure('Attributes', attributes)] : attributes),
      field,
    ];
  },
});
