// How AWS names keys and aliases: ARNs as values that are parsed and printed, key ids, and the four ways of naming a key.

import type { KeySelector } from '../../core/find-key.ts';
import type { ReservedNames } from '../../core/reserved-names.ts';
import type { Key } from '../../domain/key.ts';
import type { Project } from '../../domain/project.ts';
import { AwsRefusal } from './fault.ts';

/** `us-east-1`, `us-gov-west-1`: the region of a credential scope is the location of the keys. */
export const REGION = /^(?:[a-z]{1,16}-){2,3}\d{1,3}$/;

const KEY_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const ACCOUNT_ID = /^\d{12}$/;
const ALIAS_PREFIX = 'alias/';
const KEY_PREFIX = 'key/';

/** The part of an ARN behind the account. An alias has its full `alias/...` name. */
export type Resource =
  | { readonly kind: 'key'; readonly id: string }
  | { readonly kind: 'alias'; readonly name: string };

export interface KmsArn {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: Resource;
}

export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Undefined for what is no ARN of a key or alias. The key id within is not checked. */
export function parseArn(text: string): KmsArn | undefined {
  const [scheme, partition, service, region, accountId, ...rest] = text.split(':');
  // An alias name may hold colons of its own.
  const resource = parseResource(rest.join(':'));
  if (scheme !== 'arn' || service !== 'kms' || resource === undefined) return undefined;
  if (partition === undefined || region === undefined || accountId === undefined) return undefined;
  if (!REGION.test(region) || !ACCOUNT_ID.test(accountId)) return undefined;
  return { partition, region, accountId, resource };
}

export function printArn({ partition, region, accountId, resource }: KmsArn): string {
  const printed = resource.kind === 'key' ? KEY_PREFIX + resource.id : resource.name;
  return `arn:${partition}:kms:${region}:${accountId}:${printed}`;
}

function parseResource(text: string): Resource | undefined {
  if (text.startsWith(KEY_PREFIX)) return { kind: 'key', id: text.slice(KEY_PREFIX.length) };
  return text.startsWith(ALIAS_PREFIX) ? { kind: 'alias', name: text } : undefined;
}

export function keyArn(region: string, accountId: string, id: string): string {
  return printArn({ partition: partitionOf(region), region, accountId, resource: { kind: 'key', id } });
}

export function arnOfKey({ key, project }: { readonly key: Key; readonly project: Project }): string {
  return keyArn(key.location, project.accountId, key.id);
}

export function aliasArn(region: string, accountId: string, name: string): string {
  return printArn({ partition: partitionOf(region), region, accountId, resource: { kind: 'alias', name } });
}

/** The ARN of what a caller named, whichever of the four ways it took. */
export function arnOfName(region: string, accountId: string, name: string): string {
  if (name.startsWith('arn:')) return name;
  return name.startsWith(ALIAS_PREFIX) ? aliasArn(region, accountId, name) : keyArn(region, accountId, name);
}

const NAMESPACE_PREFIX = 'aws/';

/** Aliases live in one namespace for each region; their text is the full `alias/...` name. */
export function aliasNamespace(region: string): string {
  return NAMESPACE_PREFIX + region;
}

/** The aliases of AWS's services, in every region. */
export const SERVICE_ALIASES: ReservedNames = {
  namespacePrefix: NAMESPACE_PREFIX,
  textPrefix: 'alias/aws/',
};

/**
 * The key that a caller names by id, key ARN, alias or alias ARN. Throws NotFoundException for what names nothing in this region, and
 * InvalidArnException for an ARN of something else.
 */
export function selectKey(text: string, region: string): KeySelector {
  const arn = text.startsWith('arn:') ? requireArn(text, region) : undefined;
  const resource = arn?.resource ?? parseResource(text) ?? { kind: 'key', id: text };
  const place = {
    accountId: arn?.accountId,
    location: region,
    hideDestroyed: true,
    hideOpaque: true,
    hidePublicOnly: true,
  };
  if (resource.kind === 'alias') {
    return { by: 'name', namespace: aliasNamespace(region), text: resource.name, ...place };
  }
  if (!KEY_ID.test(resource.id)) throw notFoundRefusal(`Invalid keyId '${resource.id}'`);
  return { by: 'id', id: resource.id, ...place };
}

/** As {@link selectKey}, for the operations that take no alias. */
export function selectKeyById(text: string, region: string): KeySelector {
  const selector = selectKey(text, region);
  if (selector.by === 'name') {
    throw new AwsRefusal('invalidInput', {
      type: 'InvalidArnException',
      message: 'Key Aliases are not supported for this operation.',
    });
  }
  return selector;
}

function requireArn(text: string, region: string): KmsArn {
  const arn = parseArn(text);
  if (arn === undefined) {
    throw new AwsRefusal('invalidInput', { type: 'InvalidArnException', message: `Invalid arn ${text}` });
  }
  if (arn.region !== region) throw notFoundRefusal(`Invalid arn ${arn.region}`);
  if (arn.partition !== partitionOf(region)) throw notFoundRefusal(`Invalid arn ${arn.partition}`);
  return arn;
}

function notFoundRefusal(message: string): AwsRefusal {
  return new AwsRefusal('notFound', { type: 'NotFoundException', message });
}
