// What stands in the label of each object: whose it is and what for, so that several installations share a token and each finds what a crash
// has left of its own (docs/formats/hardware-keys.md, docs/formats/root-key.md).

const OURS = 'keyhold';
/** In the place of a key, whose id is a UUID. */
const ROOT = 'root';

export function keyLabel(installationId: string, keyId: string, version: number): string {
  return `${OURS}/${installationId}/${keyId}/${version}`;
}

export function rootKeyLabel(installationId: string, generation: number): string {
  return keyLabel(installationId, ROOT, generation);
}

export type LabelMeaning =
  | { readonly keyId: string; readonly version: number }
  | { readonly rootGeneration: number };

/** Undefined for a label of anybody else. */
export function meaningOfLabel(label: string, installationId: string): LabelMeaning | undefined {
  const start = `${OURS}/${installationId}/`;
  if (!label.startsWith(start)) return undefined;
  const [keyId = '', digits = ''] = label.slice(start.length).split('/');
  const number = Number(digits);
  return keyId === ROOT ? { rootGeneration: number } : { keyId, version: number };
}
