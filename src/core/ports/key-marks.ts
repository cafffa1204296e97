// The part of the store that keeps by what protocols find their keys again. Kinds and marks begin with the name of the protocol that they are of,
// but for the kind of a key that no protocol has said anything of: its algorithm.

export interface KeyMarkWrites {
  /** Undefined: its algorithm. */
  setKind(keyId: string, kind: string | undefined): Promise<void>;
  /** Marks that the key has already are fine. */
  add(keyId: string, marks: readonly string[]): Promise<void>;
  /** Absent ones are fine. */
  remove(keyId: string, marks: readonly string[]): Promise<void>;
  /** Takes away every mark; the kind stays. */
  removeAll(keyId: string): Promise<void>;
}
