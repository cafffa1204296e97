// An object that was registered wrapped, as it came.

import { must } from '../../../base/assert.ts';
import { type Bytes, decodeBase64 } from '../../../base/bytes.ts';
import { make, readTtlv, type TtlvField, type Version } from '../../../wire/ttlv/index.ts';
import { refusal } from '../faults.ts';
import { writeIdentifiers } from '../identifier-form.ts';
import { writeBlock } from '../objects/key-block.ts';
import type { KeyFormat, ObjectFacts, RegisteredForm } from '../objects/object.ts';
import { writeWithBlock } from '../objects/write-object.ts';

/** `held`: what is guarded, which is the wrapped value itself where that was never opened. Throws `keyFormatTypeNotSupported`. */
export function writeAsRegistered(
  version: Version,
  facts: ObjectFacts,
  registered: RegisteredForm,
  held: Bytes,
  asked: KeyFormat | undefined,
): TtlvField {
  const format = facts.keyFormat ?? 'Raw';
  if (asked !== undefined && asked !== format) throw refusal('keyFormatTypeNotSupported');
  const value = registered.value === undefined ? held : kept(registered.value);
  const field = registered.isStructure
    ? make.structure('KeyValue', [make.byteString('KeyMaterial', value)])
    : make.byteString('KeyValue', value);
  const data = writeIdentifiers(version, make.copy(readTtlv(kept(registered.data))));
  return writeWithBlock(facts, writeBlock(facts, format, field, data));
}

function kept(text: string): Bytes {
  return must(decodeBase64(text), 'what is kept as base64 is base64');
}
