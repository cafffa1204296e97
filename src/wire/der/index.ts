// DER (ITU-T X.690) as X.509 and the PKCS standards use it: `readDer` and `DerFields` take an encoding apart, `der` puts one together and
// `writeDer` writes it. It knows how things are written, and nothing of what they mean.

export { childrenOf, type DerElement, readDer } from './element.ts';
export { DerFields } from './fields.ts';
export { DerRefusal } from './refusal.ts';
export { DER_TYPES, primitiveContextTag } from './types.ts';
export {
  bigintOf,
  bitStringOf,
  booleanOf,
  contentOf,
  instantOf,
  magnitude,
  numberOf,
  objectIdentifierOf,
  textOf,
  wholeBytesOf,
} from './values.ts';
export * as der from './write.ts';
export { type DerField, writeDer } from './write.ts';
