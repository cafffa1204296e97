// Dates of an object that was brought by Import, which the server tells of every other one by its key.

import { read, readItem } from '../../../wire/ttlv/index.ts';
import { instancesOf, type ManagedObject } from './object.ts';

export type SuppliedDate = 'InitialDate' | 'LastChangeDate';

/** In seconds; undefined where the server knows better. */
export function suppliedDate(
  object: Pick<ManagedObject, 'facet' | 'key'>,
  name: SuppliedDate,
): number | undefined {
  const [supplied] = instancesOf(object, name);
  if (supplied === undefined) return undefined;
  const isOver = name === 'LastChangeDate' && object.facet.broughtInRevision !== object.key.revision;
  return isOver ? undefined : readItem(supplied.item, read.dateTime);
}
