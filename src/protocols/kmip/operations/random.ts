// RNG Retrieve and RNG Seed (KMIP 1.4 section 4.35 and 4.36, 2.1 section 6.1.47 and 6.1.48).

import { generateRandom } from '../../../core/operations/crypto/generate-random.ts';
import { read } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { operation } from '../operation.ts';
import { disclosed, perform } from '../request.ts';
import { answeredData } from './work.ts';

export const RNG_RETRIEVE = operation({
  since: '1.2',
  decode: payload => payload.one('DataLength', read.integer),
  async run(request, bytes) {
    const random = await perform(request, generateRandom, { bytes });
    return [answeredData(request, 'RNGRetrieve', 'Data', disclosed(request, random))];
  },
});

/** The generator is seeded by the operating system, and nobody else adds to it (2.1 section 6.1.48 leaves it to the server). */
export const RNG_SEED = operation({
  since: '1.2',
  decode: payload => {
    payload.one('Data', read.byteString);
  },
  async run() {
    throw refusal('permissionDenied', 'The generator takes nothing from clients.');
  },
});
