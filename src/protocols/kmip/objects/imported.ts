// What Import brings of an object that of every other one the server itself tells: its first and its last date, what it was before, and how much of its limit
// was left (KMIP 1.4 section 4.42, 2.1 section 6.1.27: attributes are set to the values that are supplied).

import type { FacetDocument } from '../../../domain/facet.ts';
import { make, read, readItem, StructureReader } from '../../../wire/ttlv/index.ts';
import type { AttributeName } from '../attributes/table.ts';
import type { GivenValue } from '../attributes/values.ts';
import { secondsOf } from '../words.ts';
import { attributeToKeep, factsToKeep } from './facet.ts';
import type { ObjectPlan } from './plan.ts';
import type { SuppliedDate } from './supplied-dates.ts';

/** With what is left of the limit, and the history. `now`: in milliseconds. */
export function asSupplied(plan: ObjectPlan, given: readonly GivenValue[], now: number): ObjectPlan {
  const { usageLimit } = plan.key;
  const isFalse = (name: AttributeName): boolean => {
    const item = itemOf(given, name);
    return item !== undefined && !readItem(item, read.boolean);
  };
  const history = factsToKeep({
    becameSensitive: plan.isSensitive && isFalse('AlwaysSensitive') ? true : undefined,
    becameUnextractable: !plan.isExtractable && isFalse('NeverExtractable') ? true : undefined,
  });
  const first = dateToKeep(given, 'InitialDate', now);
  return {
    ...plan,
    kept: { ...plan.kept, ...history, ...first },
    key: { ...plan.key, usageLimit: usageLimit && { ...usageLimit, left: leftOf(given) } },
  };
}

/** The date of the last change elsewhere, which counts as long as the key is in the revision in which it was brought. */
export function lastChangeToKeep(given: readonly GivenValue[], revision: number, now: number): FacetDocument {
  const date = dateToKeep(given, 'LastChangeDate', now);
  return Object.keys(date).length === 0 ? date : { ...date, broughtInRevision: revision };
}

/** What is still to come has happened nowhere. */
function dateToKeep(given: readonly GivenValue[], name: SuppliedDate, now: number): FacetDocument {
  const item = itemOf(given, name);
  const seconds = item && readItem(item, read.dateTime);
  if (seconds === undefined || seconds > secondsOf(now)) return {};
  return attributeToKeep(name, [{ index: 0, field: make.dateTime(name, seconds) }]);
}

function leftOf(given: readonly GivenValue[]): number | undefined {
  const item = itemOf(given, 'UsageLimits');
  const left = item && new StructureReader(item).optional('UsageLimitsCount', read.longInteger);
  return left === undefined ? undefined : Number(left);
}

function itemOf(given: readonly GivenValue[], name: AttributeName): GivenValue['item'] | undefined {
  return given.find(value => value.name === name)?.item;
}
