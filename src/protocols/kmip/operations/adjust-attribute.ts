// Adjust Attribute (KMIP 2.1 section 6.1.3): a number that a client may change is counted up or down, and a truth turned over.

import {
  read,
  TAGS,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  viewOf,
} from '../../../wire/ttlv/index.ts';
import { addValue, replaceValue } from '../attributes/change.ts';
import { heldValues } from '../attributes/held.ts';
import { type AttributeName, attributeRow, isStandard } from '../attributes/table.ts';
import { givenAs, readReference } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { readIdentifier } from '../identifier.ts';
import { operation } from '../operation.ts';
import { changed } from './change-attributes.ts';

type Adjustment = ValueName<'AdjustmentType'>;

export const ADJUST_ATTRIBUTE = operation({
  since: '2.0',
  decode: (payload, request) => ({
    id: readIdentifier(payload, request),
    name: readReference(payload.one('AttributeReference', read.item), request.version),
    type: payload.one('AdjustmentType', read.enumeration('AdjustmentType')),
    by: payload.optional('AdjustmentValue', read.item),
  }),

  async run(request, { id, name, type, by }) {
    const { init, modify, multiple } = attributeRow(name);
    if (multiple && isStandard(name)) throw refusal('multiValuedAttribute');
    if (init !== 'client' || !modify) throw refusal('readOnlyAttribute');
    return changed(request, 'AdjustAttribute', id, (together, object) => {
      const [held, another] = heldValues(object, name);
      if (another !== undefined) throw refusal('multiValuedAttribute');
      const adjusted = givenAs(name, adjustedField(viewOf(held?.field ?? nothingOf(name)), type, by));
      return held === undefined
        ? addValue(together, object, adjusted)
        : replaceValue(together, object, held, adjusted);
    });
  },
});

/** What an attribute without a value is adjusted from: zero, or false. Throws `attributeNotFound` where that means nothing. */
function nothingOf(name: AttributeName): TtlvField {
  const [tag, , , type] = isStandard(name) ? TAGS[name] : [];
  if (tag !== undefined && type === 'Boolean') return { type, tag, value: false };
  if (tag !== undefined && type === 'Interval') return { type, tag, value: 0 };
  throw refusal('attributeNotFound');
}

interface NumberRow {
  readonly min: bigint;
  readonly max: bigint;
  valueOf(item: TtlvItem): bigint;
  fieldOf(tag: number, value: bigint): TtlvField;
}

const INT64: Pick<NumberRow, 'min' | 'max' | 'valueOf'> = {
  min: -(1n << 63n),
  max: (1n << 63n) - 1n,
  valueOf: ({ int64 }) => int64,
};

/** The types that are numbers, with what fits them. */
const NUMBERS: Readonly<Partial<Record<TtlvItem['type'], NumberRow>>> = {
  Integer: {
    min: -(1n << 31n),
    max: (1n << 31n) - 1n,
    valueOf: ({ int32 }) => BigInt(int32),
    fieldOf: (tag, value) => ({ type: 'Integer', tag, value: Number(value) }),
  },
  Interval: {
    min: 0n,
    max: (1n << 32n) - 1n,
    valueOf: ({ uint32 }) => BigInt(uint32),
    fieldOf: (tag, value) => ({ type: 'Interval', tag, value: Number(value) }),
  },
  LongInteger: { ...INT64, fieldOf: (tag, value) => ({ type: 'LongInteger', tag, value }) },
  DateTime: { ...INT64, fieldOf: (tag, value) => ({ type: 'DateTime', tag, value }) },
};

/** By one where no Adjustment Value is given. Throws `invalidDataType` and `numericRange`. */
function adjustedField(item: TtlvItem, type: Adjustment, by: TtlvItem | undefined): TtlvField {
  const tag = item.tag;
  if (item.type === 'Boolean' && type === 'Negate') {
    if (by !== undefined) throw refusal('invalidField', 'Negate takes no Adjustment Value.');
    return { type: 'Boolean', tag, value: item.int64 === 0n };
  }
  const row = NUMBERS[item.type];
  if (row === undefined) throw refusal('invalidDataType');
  const value = adjusted(row.valueOf(item), type, by);
  if (value < row.min || value > row.max) throw refusal('numericRange');
  return row.fieldOf(tag, value);
}

function adjusted(value: bigint, type: Adjustment, by: TtlvItem | undefined): bigint {
  if (type === 'Negate') return -value;
  const row = by === undefined ? undefined : NUMBERS[by.type];
  if (by !== undefined && row === undefined) throw refusal('invalidDataType');
  const step = by === undefined ? 1n : (row?.valueOf(by) ?? 1n);
  return type === 'Increment' ? value + step : value - step;
}
