// Links between two keys of one project: made, taken away, listed. A mutual link is written at both ends at once.

import { invalidInput, limitExceeded } from '../../../domain/errors.ts';
import type { Key, KeyWithVersion } from '../../../domain/key.ts';
import { type KeyLink, LINK_TYPES, type LinkType } from '../../../domain/key-link.ts';
import { LIMITS } from '../../../domain/limits.ts';
import { deniedError } from '../../authorize.ts';
import { requirePage } from '../../checks.ts';
import { type Making, madeBy, type RequestContext } from '../../context.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import type { AuditRecord, ChangeOperation, Demand, UseOperation } from '../../operation.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { isVisible, visibleKeys } from '../../visible-keys.ts';
import { type KeyInput, keyRecord, namedKey, onKey, requireUserManaged } from '../keys/on-key.ts';

export interface LinkInput extends KeyInput {
  /** What `to` is to the key. */
  readonly type: LinkType;
  readonly to: KeySelector;
  /** The inverse link as well, where the type has one. */
  readonly mutual?: boolean | undefined;
}

interface Linked {
  readonly from: KeyWithVersion;
  readonly to: KeyWithVersion;
}

const shared = {
  kind: 'change',
  disclosure: 'denied',
  check({ mutual, type }: LinkInput) {
    if (mutual && LINK_TYPES[type].inverse === undefined) {
      throw invalidInput('mutual', `is not for ${type}: it has no inverse`);
    }
  },
  find: findBoth,
  demands: demandsOf,
  allow({ from, to }: Linked, { mutual }: LinkInput) {
    requireUserManaged(from.key);
    if (mutual) requireUserManaged(to.key);
  },
  record: recordOf,
} as const;

/** Also from and to keys that are destroyed: what they were to each other stays true. */
export const linkKeys: ChangeOperation<LinkInput, Linked, readonly KeyLink[]> = {
  name: 'link.create',
  ...shared,
  async run(_kms, tx, { input, target, at, context }) {
    return storeLinks(tx, target, input, { context, at });
  },
};

export const unlinkKeys: ChangeOperation<LinkInput, Linked, undefined> = {
  name: 'link.delete',
  ...shared,
  async run(_kms, tx, { input, target }) {
    for (const link of linksOf(target, input)) {
      await tx.keyLinks.delete(link.fromKeyId, link.type, link.toKeyId);
    }
    return undefined;
  },
};

export interface KeyLinks {
  readonly of: KeyWithVersion;
  readonly links: readonly KeyLink[];
}

export const listLinks: UseOperation<KeyInput, KeyWithVersion, KeyLinks> = {
  name: 'link.list',
  kind: 'read',
  ...onKey<KeyInput>('key.read'),
  run: async (kms, { target }) => ({ of: target, links: await kms.store.keyLinks.ofKey(target.key.id) }),
};

export interface ListLinksToInput extends KeyInput {
  /** What the key is to those that are sought. */
  readonly type: LinkType;
  readonly page: PageRequest;
}

/**
 * All keys that say of themselves what this one is to them, such as those that were derived from it: itself it remembers the newest alone. Those that the caller
 * may not see in lists are left out, so that a page may have fewer than were asked for, or none, and another behind it.
 */
export const listLinksTo: UseOperation<ListLinksToInput, KeyWithVersion, Page<KeyLink>> = {
  name: 'link.listTo',
  kind: 'read',
  ...onKey<ListLinksToInput>('key.read'),
  check: ({ page }) => requirePage(page),
  async run({ store }, { context, target: { key }, input }) {
    const { items, next } = await store.keyLinks.toKey(key.id, input.type, input.page);
    const visible = await visibleKeys(store, context, key.projectId, undefined);
    const others = await Promise.all(items.map(({ fromKeyId }) => store.keys.find(fromKeyId)));
    const isSeen = (other: Key | undefined): boolean => other !== undefined && isVisible(visible, other);
    return { items: items.filter((_, at) => isSeen(others[at])), next };
  },
};

/** Whom a link joins: `to` is to `from` what the type says. */
interface LinkEnds {
  readonly from: Pick<KeyWithVersion, 'key'>;
  readonly to: Pick<KeyWithVersion, 'key'>;
}

type LinkKind = Pick<LinkInput, 'type' | 'mutual'>;

/** Writes the link, and its inverse when it is mutual, which were not there. Throws `alreadyExists` and `limitExceeded`. */
export async function storeLinks(
  tx: StoreTransaction,
  ends: LinkEnds,
  how: LinkKind,
  making: Making,
): Promise<readonly KeyLink[]> {
  const links = linksOf(ends, how).map(link => ({ ...link, ...madeBy(making) }));
  for (const link of links) {
    await makeRoom(tx, link, links);
    await tx.keyLinks.insert(link);
  }
  return links;
}

/** Of what a key has any number of, the oldest that the other end says as well gives way to another such link. */
async function makeRoom(tx: StoreTransaction, link: KeyLink, links: readonly KeyLink[]): Promise<void> {
  const max = LIMITS.linksPerKeyMax;
  const alike = (await tx.keyLinks.ofKey(link.fromKeyId)).filter(({ type }) =>
    LINK_TYPES[link.type].many ? type === link.type : !LINK_TYPES[type].many,
  );
  if (alike.length < max) return;
  const spare = isSaidAtOtherEnd(link, links) ? await oldestToldTwice(tx, alike) : undefined;
  if (spare === undefined) throw limitExceeded('A key', max, 'links', { keyId: link.fromKeyId });
  await tx.keyLinks.delete(spare.fromKeyId, spare.type, spare.toKeyId);
}

async function oldestToldTwice(
  tx: StoreTransaction,
  links: readonly KeyLink[],
): Promise<KeyLink | undefined> {
  for (const link of links.toSorted((one, other) => one.createdAt - other.createdAt)) {
    if (isSaidAtOtherEnd(link, await tx.keyLinks.ofKey(link.toKeyId))) return link;
  }
  return undefined;
}

/** Whether its inverse is among the links, and it may be forgotten for that. */
function isSaidAtOtherEnd({ fromKeyId, type, toKeyId }: KeyLink, links: readonly KeyLink[]): boolean {
  const { many, inverse } = LINK_TYPES[type];
  return (
    many === true &&
    links.some(other => other.fromKeyId === toKeyId && other.type === inverse && other.toKeyId === fromKeyId)
  );
}

/** The link, and its inverse when it is mutual. */
function linksOf(
  { from, to }: LinkEnds,
  { type, mutual }: LinkKind,
): readonly Omit<KeyLink, 'createdBy' | 'createdAt'>[] {
  const link = { fromKeyId: from.key.id, type, toKeyId: to.key.id };
  const { inverse } = LINK_TYPES[type];
  if (!mutual || inverse === undefined) return [link];
  return [link, { ...link, fromKeyId: to.key.id, type: inverse, toKeyId: from.key.id }];
}

async function findBoth(reads: StoreReads, context: RequestContext, input: LinkInput): Promise<Linked> {
  const from = await findKey(reads, context, input.key);
  const to = await findKey(reads, context, input.to);
  if (from.project.id !== context.projectId || to.project.id !== context.projectId) {
    throw deniedError('a link cannot lead into another project');
  }
  if (from.key.id === to.key.id) throw invalidInput('to', 'must be another key');
  return { from, to };
}

function demandsOf({ from, to }: Linked, { mutual }: LinkInput): readonly Demand[] {
  return [keyDemand('key.update', from.key), keyDemand(mutual ? 'key.update' : 'key.read', to.key)];
}

function recordOf({ key, type, mutual }: LinkInput, target: Linked | undefined): AuditRecord {
  const [from, to] = [keyRecord(target?.from), keyRecord(target?.to)];
  return {
    projectId: from.projectId,
    targets: [...from.targets, ...to.targets],
    details: { ...(target === undefined ? namedKey(key) : undefined), type, mutual },
  };
}
