// What the tests of KMIP speak through: a server with one client for a whole file, operations asked for one at a time, and their answers
// by the names of their fields.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { must } from '../../../src/base/assert.ts';
import type { Role } from '../../../src/domain/permission.ts';
import {
  make,
  TAGS,
  type TagName,
  type TtlvField,
  type TtlvItem,
  type ValueName,
  type Version,
  valueName,
} from '../../../src/wire/ttlv/index.ts';
import { uid } from './payloads.ts';
import { type KmipClient, type KmipConnection, type KmipSubject, request, startKmip } from './support.ts';

export interface Answer {
  /** Undefined of a success. */
  readonly reason: string | undefined;
  /** Undefined where there is none, as of what is refused. */
  readonly payload: TtlvItem | undefined;
  /** All fields of the payload that have the name. */
  all(name: string): readonly TtlvItem[];
  one(name: string): TtlvItem;
}

/**
 * What stands for all tests of a file: there from before the first of them until after the last, and not to be read earlier, nor by
 * another hook of the file, which does not wait for this one.
 */
export interface KmipSuite {
  readonly subject: KmipSubject;
  readonly client: KmipClient;
  readonly connection: KmipConnection;
  /** By the client, in the version of the suite, unless others are named. */
  ask(
    operation: ValueName<'Operation'>,
    payload: readonly (TtlvField | undefined)[],
    version?: Version,
    by?: KmipConnection,
  ): Promise<Answer>;
  /** All values that an object has of an attribute. */
  valuesOf(id: string, attribute: TagName): Promise<readonly TtlvItem[]>;
  /** What other objects are to one: `ReplacedObjectLink` and the identifier, for instance. */
  linksOf(id: string): Promise<readonly string[]>;
}

export function kmipSuite({
  settings,
  roles,
  version: usual = '2.1',
}: {
  readonly settings?: Readonly<Record<string, string>>;
  readonly roles?: readonly Role[];
  readonly version?: Version;
} = {}): KmipSuite {
  let subject: KmipSubject | undefined;
  let client: KmipClient | undefined;
  let connection: KmipConnection | undefined;
  before(async () => {
    subject = await startKmip(settings);
    client = await subject.addClient({ ...(roles && { roles }) });
    connection = await subject.connect(client);
  });
  after(async () => {
    connection?.close();
    await subject?.stop();
  });
  const suite: KmipSuite = {
    get subject() {
      return must(subject, 'the server has started');
    },
    get client() {
      return must(client, 'the client is registered');
    },
    get connection() {
      return must(connection, 'the client is connected');
    },
    ask(operation, payload, version = usual, by = suite.connection) {
      return askOne(by, operation, payload, version);
    },
    async valuesOf(id, attribute) {
      const reference = make.enumeration('AttributeReference', TAGS[attribute][0]);
      return (await suite.ask('GetAttributes', [uid(id), reference], '2.1')).one('Attributes').children;
    },
    async linksOf(id) {
      const links = await suite.valuesOf(id, 'Link');
      return links.map(({ children: [type, to] }) => {
        return `${valueName('LinkType', type?.uint32 ?? 0)} ${to?.text}`;
      });
    },
  };
  return suite;
}

export async function askOne(
  connection: KmipConnection,
  operation: ValueName<'Operation'>,
  payload: readonly (TtlvField | undefined)[],
  version: Version,
): Promise<Answer> {
  const answer = await connection.ask(request(version, [{ operation, payload }]));
  return answerOf(must(answer.children[1], 'an item'), operation);
}

/** What an item of an answer says. */
export function answerOf(item: TtlvItem, asked = 'what was asked'): Answer {
  const reason = fieldOf(item, 'ResultReason')?.uint32;
  const payload = fieldOf(item, 'ResponsePayload');
  const all = (name: string) => payload?.children.filter(field => field.name === name) ?? [];
  return {
    reason: reason === undefined ? undefined : (valueName('ResultReason', reason) ?? String(reason)),
    payload,
    all,
    one(name) {
      const message = fieldOf(item, 'ResultMessage')?.text ?? '';
      return must(all(name)[0], `${name} in the answer to ${asked}: ${message}`);
    },
  };
}

export function fieldOf(item: TtlvItem | undefined, name: string): TtlvItem | undefined {
  return item?.children.find(child => child.name === name);
}

/** What stands at the end of a path of names; fails where a step of it leads nowhere. */
export function within(item: TtlvItem | undefined, ...path: readonly string[]): TtlvItem {
  let found = item;
  for (const name of path) found = fieldOf(found, name);
  assert.ok(found, path.join('/'));
  return found;
}
