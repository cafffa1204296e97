// Names of keys: (namespace, project, text) points at one key of the same project.

import { KmsError, limitExceeded } from '../../../domain/errors.ts';
import type { KeyName, KeyWithVersion } from '../../../domain/key.ts';
import { requireChangeable } from '../../../domain/key-state.ts';
import { LIMITS } from '../../../domain/limits.ts';
import type { Project } from '../../../domain/project.ts';
import { deniedError } from '../../authorize.ts';
import { requirePage, requireText } from '../../checks.ts';
import type { RequestContext } from '../../context.ts';
import { findKey, type KeySelector, keyDemand } from '../../find-key.ts';
import { homeProject } from '../../find-project.ts';
import type { AuditRecord, ChangeOperation, UseOperation } from '../../operation.ts';
import type { Page, PageRequest, StoreReads, StoreTransaction } from '../../ports/store.ts';
import { requireUnreserved } from '../../reserved-names.ts';
import { keyRecord, requireUserManaged } from '../keys/on-key.ts';
import { requireRoomInNamespace } from './quota.ts';

export interface NameInput {
  readonly namespace: string;
  readonly text: string;
}

export interface NameKeyInput extends NameInput {
  readonly key: KeySelector;
  /** Refuse when the key has this many names: some protocols have a bound of their own. */
  readonly namesPerKeyMax?: number | undefined;
  /** Refuse when the namespace has this many names in the project. */
  readonly namesPerNamespaceMax?: number | undefined;
}

interface Named {
  readonly name: KeyName;
  /** The key that the name points at now. */
  readonly current: KeyWithVersion;
}

interface Renaming extends Named {
  readonly next: KeyWithVersion;
}

export const createName: ChangeOperation<NameKeyInput, KeyWithVersion, KeyName> = {
  name: 'name.create',
  kind: 'change',
  disclosure: 'denied',
  check: input => requireText('name', input.text, 1, LIMITS.nameCharactersMax),
  find(reads, context, input, kms) {
    requireUnreserved(kms.reservedNames, input);
    return findHomeKey(reads, context, input.key);
  },
  demands: target => [keyDemand('name.create', target.key)],
  allow({ key }) {
    requireUserManaged(key);
    requireChangeable(key);
  },
  async run(_kms, tx, { input, target, at }) {
    await requireFewerNames(tx, target.key.id, input.namesPerKeyMax);
    const { namespace, text } = input;
    await requireRoomInNamespace(tx, target.project.id, namespace, input.namesPerNamespaceMax);
    const name = {
      namespace,
      text,
      projectId: target.project.id,
      keyId: target.key.id,
      createdAt: at,
      updatedAt: at,
    };
    await tx.names.insert(name);
    return name;
  },
  record: (input, target) => nameRecord(input, target),
};

export const updateName: ChangeOperation<NameKeyInput, Renaming, KeyName> = {
  name: 'name.update',
  kind: 'change',
  disclosure: 'denied',
  async find(reads, context, input, kms) {
    requireUnreserved(kms.reservedNames, input);
    const named = await findName(reads, context, input);
    return { ...named, next: await findHomeKey(reads, context, input.key) };
  },
  demands: ({ current, next }) => [keyDemand('name.update', current.key), keyDemand('name.update', next.key)],
  allow({ next, current }) {
    requireUserManaged(current.key);
    requireUserManaged(next.key);
    requireChangeable(next.key);
    requireSameKind(current, next);
  },
  async run(_kms, tx, { input, target, at }) {
    if (target.next.key.id !== target.current.key.id) {
      await requireFewerNames(tx, target.next.key.id, input.namesPerKeyMax);
    }
    const name = { ...target.name, keyId: target.next.key.id, updatedAt: at };
    await tx.names.update(name);
    return name;
  },
  record: (input, target) => nameRecord(input, target?.next),
};

export const deleteName: ChangeOperation<NameInput, Named, KeyName> = {
  name: 'name.delete',
  kind: 'change',
  disclosure: 'denied',
  find(reads, context, input, kms) {
    requireUnreserved(kms.reservedNames, input);
    return findName(reads, context, input);
  },
  // Those of users go even from the key of a service: such ones could be made once.
  demands: ({ current }) => [keyDemand('name.delete', current.key)],
  async run(_kms, tx, { target: { name } }) {
    await tx.names.delete(name.namespace, name.projectId, name.text);
    return name;
  },
  record: (input, target) => nameRecord(input, target?.current),
};

export interface ListNamesInput {
  readonly page: PageRequest;
  readonly namespace?: string | undefined;
  /** Only the names of this key. */
  readonly key?: KeySelector | undefined;
}

interface ListTarget {
  readonly project: Project;
  readonly of?: KeyWithVersion | undefined;
}

export interface NamePage extends Page<KeyName> {
  readonly project: Project;
}

export const listNames: UseOperation<ListNamesInput, ListTarget, NamePage> = {
  name: 'name.list',
  kind: 'read',
  disclosure: 'denied',
  check: input => requirePage(input.page),
  async find(reads, context, input) {
    const project = await homeProject(reads, context);
    return input.key === undefined ? { project } : { project, of: await findKey(reads, context, input.key) };
  },
  demands: ({ project, of }) => [
    of === undefined
      ? { permission: 'name.read', place: { projectId: project.id } }
      : keyDemand('name.read', of.key),
  ],
  async run(kms, { target, input }) {
    const filter = { projectId: target.project.id, namespace: input.namespace, keyId: target.of?.key.id };
    return { ...(await kms.store.names.list(filter, input.page)), project: target.project };
  },
  record: (_input, target) => ({ ...keyRecord(target?.of), projectId: target?.project.id }),
};

async function findName(reads: StoreReads, context: RequestContext, input: NameInput): Promise<Named> {
  const project = await homeProject(reads, context);
  const name = await reads.names.find(input.namespace, project.id, input.text);
  const current = name === undefined ? undefined : await reads.keys.findWithVersion(name.keyId);
  if (name === undefined || current === undefined) {
    throw new KmsError('notFound', `There is no name ${input.text}.`, { name: input.text });
  }
  return { name, current };
}

/** A name lives in the project of its key, and requests name keys of their own project only. */
async function findHomeKey(
  reads: StoreReads,
  context: RequestContext,
  selector: KeySelector,
): Promise<KeyWithVersion> {
  const found = await findKey(reads, context, selector);
  if (found.project.id !== context.projectId) throw deniedError('a name cannot point into another project');
  return found;
}

async function requireFewerNames(
  tx: StoreTransaction,
  keyId: string,
  max: number = LIMITS.namesPerKeyMax,
): Promise<void> {
  if ((await tx.names.countOfKey(keyId)) >= max) {
    throw limitExceeded('A key', max, 'names', { keyId });
  }
}

/** A name promises what its key can do: it moves between keys of one kind only. */
function requireSameKind(current: KeyWithVersion, next: KeyWithVersion): void {
  const usages = (target: KeyWithVersion) => [...target.key.usages].sort().join(' ');
  if (current.key.algorithm !== next.key.algorithm || usages(current) !== usages(next)) {
    throw new KmsError(
      'incompatibleAlgorithm',
      'A name moves only to a key of the same algorithm and usages.',
      {
        keyId: next.key.id,
      },
    );
  }
}

function nameRecord(input: NameInput, target: KeyWithVersion | undefined): AuditRecord {
  const record = keyRecord(target);
  return {
    ...record,
    targets: [{ type: 'name', id: `${input.namespace}/${input.text}` }, ...record.targets],
  };
}
