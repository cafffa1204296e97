// The ASN.1 types that keys, certificates and requests are made of, by their identifier octets (ITU-T X.690 section 8.1.2).

export const DER_TYPES = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

export type DerType = keyof typeof DER_TYPES;

/** `[number]` around another element, or in place of the type of a constructed one. */
export function contextTag(number: number): number {
  return 0xa0 | number;
}

/** `[number]` in place of the type of a primitive element. */
export function primitiveContextTag(number: number): number {
  return 0x80 | number;
}
