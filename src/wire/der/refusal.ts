// What is wrong with an encoding. The message says the rule and the place, and never shows a byte: encodings hold keys.

export class DerRefusal extends Error {
  override readonly name = 'DerRefusal';
}
