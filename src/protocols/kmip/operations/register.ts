// Register: an object whose material the client brings.

import { read } from '../../../wire/ttlv/index.ts';
import { readAttributesOf } from '../attributes/values.ts';
import { created } from '../identifier.ts';
import { mergedAttributes, readBrought } from '../objects/brought.ts';
import { importObject } from '../objects/import-object.ts';
import { planObject } from '../objects/plan.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { importTemplate, readTemplate } from '../objects/template.ts';
import { operation } from '../operation.ts';
import { importBundle } from '../pkcs-12/bundle.ts';
import { openBrought } from '../wrapping/open-wrapped.ts';

export const REGISTER = operation({
  decode(payload, request) {
    const objectType = payload.one('ObjectType', read.enumeration('ObjectType'));
    const given = readAttributesOf(payload, request.version);
    const brought =
      objectType === 'Template'
        ? readTemplate(payload, request)
        : readBrought(payload, objectType, request.version);
    readStorageMasks(payload);
    return { given, brought };
  },

  async run(request, { given, brought: closed }) {
    if ('block' in closed && closed.block.format === 'PKCS_12' && closed.block.wrapped === undefined)
      return [created(request, 'Register', await importBundle(request, closed, given))];
    if ('item' in closed) return [created(request, 'Register', await importTemplate(request, closed, given))];
    const brought = await openBrought(request, closed);
    const plan = await planObject(
      request,
      brought.objectType,
      mergedAttributes(given, brought.block.attributes),
      'brought',
    );
    return [created(request, 'Register', await importObject(request, brought, plan))];
  },
});
