// RNG Retrieve and RNG Seed (KMIP 1.4 section 4.35 and 4.36, 2.1 section 6.1.49 and 6.1.50).

import { generateRandom } from '../../../core/operations/crypto/generate-random.ts';
import { seedRandom } from '../../../core/operations/crypto/seed-random.ts';
import { make, read } from '../../../wire/ttlv/index.ts';
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

/** All of it is mixed in, whatever it is worth (2.1 section 6.1.50). */
export const RNG_SEED = operation({
  since: '1.2',
  decode: payload => payload.one('Data', read.byteString),
  async run(request, data) {
    await perform(request, seedRandom, { data });
    return [make.integer('DataLength', data.length)];
  },
});
