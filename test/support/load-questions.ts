// Questions of a test about what a server holds. Each answer is undefined when the server gave none: it was cut off, or at fault.

import assert from 'node:assert/strict';
import type { Answer, LoadClient } from './load-client.ts';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface Metadata {
  readonly KeyId: string;
  readonly KeyState: string;
  readonly Description: string;
}

export function metadataOf(answer: Answer): Metadata {
  return answer.output.KeyMetadata as Metadata;
}

export async function stateOf(client: LoadClient, keyId: string): Promise<KeyState | undefined> {
  const reply = await client.call('DescribeKey', { KeyId: keyId });
  if (reply === undefined || reply.status >= 500) return undefined;
  assert.equal(reply.outcome, 'ok', `an acknowledged key is described: ${keyId}`);
  return metadataOf(reply).KeyState as KeyState;
}

export async function rotationsOf(client: LoadClient, keyId: string): Promise<number | undefined> {
  const reply = await client.call('ListKeyRotations', { KeyId: keyId });
  if (reply === undefined || reply.status >= 500) return undefined;
  assert.equal(reply.outcome, 'ok', `the rotations of an acknowledged key are listed: ${keyId}`);
  return (reply.output.Rotations as readonly unknown[]).length;
}

export async function listKeyIds(client: LoadClient): Promise<readonly string[] | undefined> {
  const keys = await listAll<{ readonly KeyId: string }>(client, 'ListKeys', 'Keys', 1000);
  return keys?.map(({ KeyId }) => KeyId);
}

/** Every item of a list, page by page. */
export async function listAll<T>(
  client: LoadClient,
  action: string,
  member: string,
  limit: number,
): Promise<readonly T[] | undefined> {
  const items: T[] = [];
  let marker: unknown;
  do {
    const reply = await client.call(action, {
      Limit: limit,
      ...(marker === undefined ? {} : { Marker: marker }),
    });
    if (reply?.outcome !== 'ok') return undefined;
    items.push(...(reply.output[member] as readonly T[]));
    marker = reply.output.NextMarker;
  } while (marker !== undefined);
  return items;
}
