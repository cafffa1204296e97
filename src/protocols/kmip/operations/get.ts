// Get: the object with its material, in the clear.

import { make, read } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { answered, readIdentifier } from '../identifier.ts';
import { selectorOf, visible } from '../objects/find.ts';
import { formatIn } from '../objects/forms/formats.ts';
import { objectOf, releaseObject } from '../objects/release.ts';
import { writeObject } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { disclosed, disclosing, perform } from '../request.ts';

export const GET = operation({
  decode(payload, request) {
    const id = readIdentifier(payload, request);
    const format = payload.optional('KeyFormatType', read.enumeration('KeyFormatType'));
    // Nothing is kept wrapped under a client's key here: as registered and not wrapped are the same.
    payload.optional('KeyWrapType', read.enumeration('KeyWrapType'));
    if (payload.has('KeyCompressionType')) throw refusal('keyCompressionTypeNotSupported');
    if (payload.has('KeyWrappingSpecification')) {
      throw refusal('featureNotSupported', 'Keys are not wrapped here yet.');
    }
    return { id, format };
  },

  async run(request, { id, format }) {
    const { of, material, facet } = await perform(request, visible(releaseObject), { key: selectorOf(id) });
    const { facts } = objectOf({ ...of, facet });
    const held = disclosed(request, material);
    const usual = facts.keyFormat && formatIn(request.version, facts.keyFormat);
    return [
      make.enumeration('ObjectType', facts.objectType),
      answered(request, 'Get', id),
      writeObject(facts, format ?? usual, held, disclosing(request)),
    ];
  },
});
