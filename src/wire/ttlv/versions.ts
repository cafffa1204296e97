// The versions of the protocol that have been published, 3.0 as a draft, and which of them know a thing. Nothing here says which
// versions a server offers.

export const VERSIONS = ['1.0', '1.1', '1.2', '1.3', '1.4', '2.0', '2.1', '3.0'] as const;

export type Version = (typeof VERSIONS)[number];

/** The first version that knows a thing, and the last one where it was taken out again: `1.1`, `1.0-1.4`. */
export type VersionSpan = Version | `${Version}-${Version}`;

export function isInSpan(span: VersionSpan, version: Version): boolean {
  // Both numbers of a version have one digit, so texts compare as versions do.
  return version >= span.slice(0, 3) && (span.length === 3 || version <= span.slice(4));
}
