// Links between keys of one project: directed and typed, as SP 800-57 part 2 wants the metadata of a key to name those that belong to it. A
// link says something and gives nothing: who may do what with the other key is asked there.

interface LinkRow {
  /** What the other key is to this one. */
  readonly meaning: string;
  /** What this key is to the other one, where that is said as well. */
  readonly inverse?: string;
  /** One key has any number of them: each of the others says what it is, and this one remembers the newest. */
  readonly many?: true;
}

const linkTypes = {
  publicKey: { meaning: 'the public key of this private one', inverse: 'privateKey' },
  privateKey: { meaning: 'the private key of this public one', inverse: 'publicKey' },
  derivedFrom: { meaning: 'this key was derived from it', inverse: 'derivedInto' },
  derivedInto: { meaning: 'it was derived from this key', inverse: 'derivedFrom', many: true },
  replacedBy: { meaning: 'it has taken the place of this key', inverse: 'replaces', many: true },
  replaces: { meaning: 'this key has taken its place', inverse: 'replacedBy' },
  certificate: { meaning: 'it vouches for this key', inverse: 'certifies', many: true },
  certifies: { meaning: 'this certificate vouches for it', inverse: 'certificate' },
  wrappedBy: { meaning: 'this key is kept wrapped under it', inverse: 'wraps' },
  wraps: { meaning: 'it is kept wrapped under this key', inverse: 'wrappedBy', many: true },
  parent: { meaning: 'this key belongs to it', inverse: 'child' },
  child: { meaning: 'it belongs to this key', inverse: 'parent', many: true },
  previous: { meaning: 'it comes before this key in a row', inverse: 'next' },
  next: { meaning: 'it comes after this key in a row', inverse: 'previous' },
  bundleCertificate: { meaning: 'it goes into the PKCS #12 file of this key' },
  bundlePassword: { meaning: 'it protects the PKCS #12 file of this key' },
} as const satisfies Record<string, LinkRow>;

export type LinkType = keyof typeof linkTypes;

export const LINK_TYPES: Readonly<Record<LinkType, LinkRow & { readonly inverse?: LinkType }>> = linkTypes;

export interface KeyLink {
  readonly fromKeyId: string;
  readonly type: LinkType;
  readonly toKeyId: string;
  /** Id of a principal, or the name of a part of the server. */
  readonly createdBy: string;
  readonly createdAt: number;
}
