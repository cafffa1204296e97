// The object group "default", which the standard reserves (KMIP 1.4 section 3.33, 2.1 section 4.33): where it has no fresh member left, one is
// made for the client that looks for it (1.4 section 4.9, 2.1 section 6.1.27), if that client may make keys, and within the constraints of its project.

import { KmsError } from '../../../domain/errors.ts';
import { make, maskOf, read, readItem, type TtlvField } from '../../../wire/ttlv/index.ts';
import type { Sought } from '../attributes/match.ts';
import type { AttributeName } from '../attributes/table.ts';
import { type GivenValue, givenAs } from '../attributes/values.ts';
import { doorFor } from '../held/rights.ts';
import type { KmipRequest } from '../request.ts';
import { makeObject } from './make-object.ts';

const DEFAULT = 'default';

/** What every client can use. */
const MEMBER: readonly GivenValue[] = [
  givenAs('ObjectGroup', make.textString('ObjectGroup', DEFAULT)),
  givenAs('CryptographicAlgorithm', make.enumeration('CryptographicAlgorithm', 'AES')),
  givenAs('CryptographicLength', make.integer('CryptographicLength', 256)),
  givenAs('CryptographicUsageMask', usageMask()),
];

function usageMask(): TtlvField {
  return make.integer('CryptographicUsageMask', maskOf('CryptographicUsageMask', ['Encrypt', 'Decrypt']));
}

/** The Unique Identifier of a new member; undefined where something else is looked for, or the client may not make one. */
export async function newMember(request: KmipRequest, sought: Sought): Promise<string | undefined> {
  if (!isOfDefault(sought)) return undefined;
  const { ticket } = request;
  try {
    // A ticket for finding is none for making.
    const execute = ticket === undefined ? request.execute : doorFor(request.execute, ticket, 'Create');
    return await makeObject({ ...request, execute }, 'SymmetricKey', MEMBER);
  } catch (thrown) {
    if (thrown instanceof KmsError && thrown.code === 'denied') return undefined;
    throw thrown;
  }
}

/** Nothing but the group is asked for, or that it be a symmetric key. */
function isOfDefault(sought: Sought): boolean {
  const groups = sought.get('ObjectGroup') ?? [];
  const types = sought.get('ObjectType') ?? [];
  const others = [...sought.keys()].filter(name => !NAMED.has(name));
  return (
    others.length === 0 &&
    groups.every(({ item }) => readItem(item, read.textString) === DEFAULT) &&
    types.every(({ item }) => readItem(item, read.enumeration('ObjectType')) === 'SymmetricKey')
  );
}

const NAMED: ReadonlySet<AttributeName> = new Set<AttributeName>(['ObjectGroup', 'ObjectType']);
