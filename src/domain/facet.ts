// Facets: what one protocol alone keeps about an object, as a JSON document. The core stores it with the object's own change and hands
// it back to the same protocol, and never looks inside.

import { type CanonicalValue, canonicalJson } from '../base/canonical-json.ts';
import { KmsError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** Whole numbers only, as in all JSON that is stored here. */
export type FacetDocument = { readonly [name: string]: CanonicalValue | undefined };

/** By what an object is found again: texts that begin with the name of the protocol. */
export interface FacetMarks {
  /** What the object is, as many others are. Undefined: what the core says of it. */
  readonly kind?: string | undefined;
  /** What tells it apart from others. */
  readonly marks: readonly string[];
}

export interface Facet {
  /** The folder that reads and writes it, such as `key-protect`. */
  readonly protocol: string;
  /** Its outermost members take the place of those that are stored; a member `null` takes one away, and what is not named stays. */
  readonly document: FacetDocument;
  /** Of the facet of a key that is to be found by it: what the whole document says after the change. Pure. */
  readonly marksOf?: ((document: FacetDocument) => FacetMarks) | undefined;
}

/** The whole document after the change, and the text to be stored. Throws `tooLarge` beyond the limit. */
export function mergeFacet(
  stored: FacetDocument | undefined,
  changes: FacetDocument,
): { readonly document: FacetDocument; readonly text: string } {
  const document = Object.assign(Object.create(null), stored);
  for (const name of Object.keys(changes)) {
    const member = changes[name];
    if (member === null) delete document[name];
    else if (member !== undefined) document[name] = member;
  }
  const text = canonicalJson(document);
  if (Buffer.byteLength(text) > LIMITS.facetBytesMax) {
    throw new KmsError(
      'tooLarge',
      `What a protocol keeps about an object has at most ${LIMITS.facetBytesMax} bytes.`,
      {
        limit: LIMITS.facetBytesMax,
      },
    );
  }
  return { document, text };
}
