// Validate: whether certificates are a chain that holds (KMIP 1.4 section 4.23, 2.1 section 6.1.61). Those that are objects must not be revoked
// either.

import type { Bytes } from '../../../base/bytes.ts';
import { answerRequest } from '../../../core/operations/answer-request.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
import { validateChain } from '../certificates/chain.ts';
import { refusal } from '../faults.ts';
import { identifierOf } from '../identifier.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { releaseObject } from '../objects/release.ts';
import { operation } from '../operation.ts';
import { disclosed, type KmipRequest, perform } from '../request.ts';
import { stateOfKey } from '../words.ts';

const MS = 1_000;
const CERTIFICATES_MAX = 32;

const certificateReader = read.structure(fields => {
  const type = fields.one('CertificateType', read.enumeration('CertificateType'));
  const value = fields.one('CertificateValue', read.byteString);
  fields.refuseOthers();
  if (type !== 'X_509') throw refusal('featureNotSupported', 'Chains are of X.509 certificates here.');
  return value;
});

export const VALIDATE = operation({
  decode(payload, request) {
    const brought = payload.many('Certificate', certificateReader);
    const ids = payload.many('UniqueIdentifier', read.item).map(item => identifierOf(item, request));
    if (brought.length + ids.length > CERTIFICATES_MAX)
      throw refusal('invalidField', `A chain has at most ${CERTIFICATES_MAX} certificates.`);
    if (brought.length + ids.length === 0)
      throw refusal('missingData', 'Neither a certificate nor a Unique Identifier is given.');
    const seconds = payload.optional('ValidityDate', read.dateTime);
    return { brought, ids, at: seconds === undefined ? undefined : seconds * MS };
  },

  async run(request, { brought, ids, at = request.kms.clock.now() }) {
    await perform(request, answerRequest, { asked: 'Validate' });
    const kept: Bytes[] = [];
    let isRevoked = false;
    for (const id of ids) {
      const { facts, key } = await findObject(request, id);
      if (facts.objectType !== 'Certificate') throw refusal('illegalObjectType');
      const state = stateOfKey(key);
      isRevoked ||= state === 'Deactivated' || state === 'Compromised';
      kept.push(await certificateOf(request, key.id));
    }
    const validity = isRevoked ? 'Invalid' : validateChain([...brought, ...kept], at);
    return [make.enumeration('ValidityIndicator', validity)];
  },
});

async function certificateOf(request: KmipRequest, id: string): Promise<Bytes> {
  const { material } = await perform(request, visible(releaseObject), { key: selectorOf(id) });
  return disclosed(request, material);
}
