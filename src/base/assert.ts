// Assertions: for what must hold whatever a caller sends. They stay on in production. In a request a broken one ends that request as
// `internal`; in a batch of the log nothing of the batch is committed or answered; at a start it keeps the server from serving.

export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** Throws {@link BrokenInvariant} unless the condition holds. `invariant` says what should have been true, without secrets. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant);
}

/** Returns the value; throws {@link BrokenInvariant} when it is undefined or null. */
export function must<T>(value: T | undefined | null, invariant: string): T {
  assert(value !== undefined && value !== null, invariant);
  return value;
}
