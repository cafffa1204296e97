// Why a message cannot be read, in whichever of its forms: where, and which rule it breaks. A refusal never holds a value of the message,
// since that may be key material or a password.

export const TTLV_REFUSALS = {
  // The message as a whole
  tooLarge: 'longer than allowed',
  tooDeep: 'structures are nested too deeply',
  tooManyItems: 'more items than allowed',
  malformed: 'not an encoding of an item: lengths, types, padding, syntax',
  // An item at its place
  missing: 'a required field is not there',
  repeated: 'a field that may occur once occurs again',
  wrongType: 'a field has another type than its definition gives',
  unknownField: 'a structure has a field that it does not define',
  unknownValue: 'an enumeration or a name without a meaning here',
  outOfRange: 'a value beyond what can be represented',
  // Writing
  inexpressible: 'the form cannot hold the value',
} as const;

export type TtlvRefusalKind = keyof typeof TTLV_REFUSALS;

export class TtlvRefusal extends Error {
  override readonly name = 'TtlvRefusal';
  readonly kind: TtlvRefusalKind;
  /** `RequestMessage/BatchItem[0]/Operation`; empty for the message as a whole. */
  readonly path: string;
  /** What must be: `must be an Enumeration`. */
  readonly rule: string;

  constructor(kind: TtlvRefusalKind, path: string, rule: string) {
    super(path === '' ? rule : `${path}: ${rule}`);
    this.kind = kind;
    this.path = path;
    this.rule = rule;
  }
}
