// Asks whatever depends on a key to look at it again. Dependants follow the audit log, so the entry of this operation is the call to them;
// the key itself stays as it is.

import type { KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import { writeFacet } from '../../facets.ts';
import type { ChangeOperation } from '../../operation.ts';
import { type KeyChangeInput, onKey } from './on-key.ts';

/** Demands the right to rotate: a new version is what dependants are usually told about. */
export const notifyDependants: ChangeOperation<KeyChangeInput, KeyWithVersion, KeyWithVersion> = {
  name: 'key.notifyDependants',
  kind: 'change',
  ...onKey<KeyChangeInput>('key.rotate'),
  allow: ({ key }) => requireChangeable(key),
  async run(_kms, tx, { input, target }) {
    if (input.facet !== undefined) await writeFacet(tx, target.key.id, input.facet);
    return target;
  },
};
