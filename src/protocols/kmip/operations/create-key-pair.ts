// Create Key Pair: a private and a public key, linked to each other, with material that is made here (KMIP 1.4 section 4.2, 2.1 section 6.1.11).

import { createKeyPair } from '../../../core/operations/keys/public-keys.ts';
import { createdPair } from '../identifier.ts';
import { newPair, readPairAttributes } from '../objects/new-pair.ts';
import { planObject } from '../objects/plan.ts';
import { operation } from '../operation.ts';
import { perform } from '../request.ts';

export const CREATE_KEY_PAIR = operation({
  decode: readPairAttributes,

  async run(request, given) {
    const ofPrivate = await planObject(request, 'PrivateKey', given.private);
    const ofPublic = await planObject(request, 'PublicKey', given.public);
    const { privateKey, publicKey } = await perform(
      request,
      createKeyPair,
      newPair(request, { plan: ofPrivate }, { plan: ofPublic }),
      { alreadyExists: 'nameTakenAtCreation' },
    );
    return createdPair(request, 'CreateKeyPair', privateKey.key.id, publicKey.key.id);
  },
});
