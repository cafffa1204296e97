// The KMIP codec: messages of tag, type, length and value in their four forms. `readTtlv`, `readXml` and `readJson` give a view over the
// bytes of a message; `read` takes values out of it by tag, `make` puts messages together, and the writers print them. It knows how things
// are written, and nothing of what they mean.

export {
  ENUMERATIONS,
  type EnumerationName,
  enumerationOf,
  enumerationValue,
  isValueIn,
  type ValueName,
  valueName,
} from './enumerations.ts';
export { TtlvItem } from './item.ts';
export { ITEM_TYPES, type ItemType, type TextType } from './item-types.ts';
export { DEFAULT_TTLV_LIMITS, type TtlvLimits } from './limits.ts';
export type { TtlvField } from './make.ts';
export * as make from './make.ts';
export { type BitName, bitsOf, isBitIn, type MaskName, maskOf } from './masks.ts';
export { normalizeName } from './names.ts';
export * as read from './read.ts';
export { messageLength, readTtlv } from './read-binary.ts';
export { readJson } from './read-json.ts';
export { readXml } from './read-xml.ts';
export { type Reader, readItem } from './reader.ts';
export { TTLV_REFUSALS, TtlvRefusal, type TtlvRefusalKind } from './refusal.ts';
export { StructureReader } from './structure.ts';
export {
  attributeTag,
  attributeText,
  isTagIn,
  isTagName,
  TAGS,
  type TagName,
  type TagsOf,
  tagCode,
  tagLabel,
  tagName,
} from './tags.ts';
export { VERSIONS, type Version } from './versions.ts';
export { viewOf } from './view.ts';
export { ttlvLength, writeTtlv } from './write-binary.ts';
export { writeJson } from './write-json.ts';
export { writeText } from './write-text.ts';
export { writeXml } from './write-xml.ts';
