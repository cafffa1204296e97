// Pages as AWS has them: `Truncated` always, `NextMarker` where there is more. A marker is opaque and belongs to the operation that made it.

import { base64Url, decodeBase64Url, decodeUtf8, utf8 } from '../../base/bytes.ts';
import type { Page, PageRequest } from '../../core/ports/store.ts';
import { AwsRefusal } from './fault.ts';
import type { AwsRequest } from './request.ts';

interface PageInput {
  readonly Limit?: number | undefined;
  readonly Marker?: string | undefined;
}

/** Throws InvalidMarkerException for a marker that no page of this operation has ended with. */
export function readPage(request: AwsRequest, input: PageInput, limitDefault: number): PageRequest {
  const after = input.Marker === undefined ? undefined : parseMarker(request.operation, input.Marker);
  return { limit: input.Limit ?? limitDefault, after };
}

export function printPage(request: AwsRequest, { next }: Pick<Page<unknown>, 'next'>) {
  return {
    NextMarker: next === undefined ? undefined : base64Url(utf8(`${request.operation}\n${next}`)),
    Truncated: next !== undefined,
  };
}

function parseMarker(operation: string, marker: string): string {
  const plain = decodeMarker(marker);
  if (plain?.startsWith(`${operation}\n`)) return plain.slice(operation.length + 1);
  throw new AwsRefusal('invalidCursor', {
    type: 'InvalidMarkerException',
    message: 'The marker is not one that this operation has answered with.',
  });
}

function decodeMarker(marker: string): string | undefined {
  const bytes = decodeBase64Url(marker);
  if (bytes === undefined) return undefined;
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}
