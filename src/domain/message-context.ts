// The caller's context of a message: authenticated with it, never secret. docs/formats/context.md says how it becomes bytes.

import type { Bytes } from '../base/bytes.ts';

export type MessageContext =
  | { readonly kind: 'none' }
  | { readonly kind: 'map'; readonly entries: Readonly<Record<string, string>> }
  | { readonly kind: 'bytes'; readonly bytes: Bytes }
  | { readonly kind: 'list'; readonly items: readonly string[] };

export const NO_CONTEXT: MessageContext = Object.freeze({ kind: 'none' });
