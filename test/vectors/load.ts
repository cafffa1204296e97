// Where the published vectors are: beside the repository, or the few that the repository carries itself.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const SHARED = join(import.meta.dirname, '../../../shared/vectors');
const EXCERPTS = join(import.meta.dirname, 'small/excerpts.json');

export const hasSharedVectors = existsSync(SHARED);

/** Every file of the shared folder, relative to it. */
export function sharedFiles(): string[] {
  return readdirSync(SHARED, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(SHARED.length + 1))
    .sort();
}

/** The file as text, unpacked. */
function readSharedText(file: string): string {
  const bytes = readFileSync(join(SHARED, file));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The published document, the small excerpt of it, or undefined. Texts that are not JSON are returned as they are. */
export function readVectors(file: string): unknown {
  if (!hasSharedVectors) return excerpts()[file];
  const text = readSharedText(file);
  return file.includes('.json') ? JSON.parse(text) : text;
}

function excerpts(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(EXCERPTS, 'utf8')).documents;
}
