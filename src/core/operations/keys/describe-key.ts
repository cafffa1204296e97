// Reads the metadata of a key and of its primary version. The state is that of the clock: what a use would meet now.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { stateAt } from '../../../domain/key-state.ts';
import { readFacet, type WithFacet } from '../../facets.ts';
import type { UseOperation } from '../../operation.ts';
import { type KeyInput, onKey } from './on-key.ts';

export interface DescribeKeyInput extends KeyInput {
  /** The protocol whose facet is wanted as well. */
  readonly withFacet?: string | undefined;
}

export interface DescribedKey extends KeyWithVersion, WithFacet {}

export const describeKey: UseOperation<DescribeKeyInput, KeyWithVersion, DescribedKey> = {
  name: 'key.describe',
  kind: 'read',
  ...onKey<DescribeKeyInput>('key.read'),
  async run(kms, { target, input }) {
    const key = { ...target.key, state: stateAt(target.key, kms.clock.now()) };
    return { ...target, key, facet: await readFacet(kms.store, key.id, input.withFacet) };
  },
};
