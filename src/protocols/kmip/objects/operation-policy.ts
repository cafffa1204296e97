// Operation Policy Name (KMIP 1.4 section 3.18): the name of a policy of the server's that says who may do what with an object. Here the roles and
// rules of the project say it, and whoever makes a key does not: a name that stood for anything else would promise what nobody keeps.

import { read, readItem } from '../../../wire/ttlv/index.ts';
import type { GivenValue } from '../attributes/values.ts';
import { refusal } from '../faults.ts';

/** The one that every server has. */
export const DEFAULT_POLICY = 'default';

/** Throws `invalidAttributeValue` for the name of another policy. */
export function requireKnownPolicy({ name, item }: GivenValue): void {
  if (name === 'OperationPolicyName' && readItem(item, read.textString) !== DEFAULT_POLICY)
    throw refusal(
      'invalidAttributeValue',
      'There is no operation policy but the default one, which is the roles and rules of the project.',
    );
}
