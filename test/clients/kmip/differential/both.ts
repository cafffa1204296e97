// The same messages, sent to PyKMIP's server and to this one, and their answers with everything taken out that has to differ: identifiers,
// instants, texts of messages. Identifiers are told apart by names that both sides share.

import type { Peer } from '../../../../bench/pykmip.ts';
import { type TtlvField, type TtlvItem, type Version, valueName } from '../../../../src/wire/ttlv/index.ts';
import { type KmipClient, type KmipConnection, openConnection } from '../../../conformance/kmip/support.ts';
import { linesOf } from './lines.ts';

export interface Question {
  /** What is asked, in words that no other question of the table has. */
  readonly label: string;
  readonly version: Version;
  /** Texts that begin with `$` stand for what each side calls them. */
  readonly message: TtlvField;
  /** What is made, as later questions call it: in the order of the answer. */
  readonly makes?: readonly string[] | undefined;
  /** Byte strings follow from what a server has made: their lengths are compared alone. */
  readonly random?: boolean | undefined;
  /** Nothing may come: a moment is enough to see it. */
  readonly unanswered?: boolean | undefined;
  /** Which identifiers are told is each one's own: how many is compared. */
  readonly counted?: boolean | undefined;
}

export interface Answered {
  /** In which it is answered: `1.2`. */
  readonly version: string;
  /** What became of each item: `Create: Success`. One text where nothing came. */
  readonly outcomes: readonly string[];
  /** Everything else, a line for each field. */
  readonly lines: readonly string[];
}

export interface Both {
  ask(question: Question): Promise<{ readonly theirs: Answered; readonly ours: Answered }>;
  /** Whether both have told an identifier under the name. */
  knows(name: string): boolean;
  /** Forgets all names. */
  forget(): void;
  close(): void;
}

interface Side {
  connection: KmipConnection | undefined;
  open(): Promise<KmipConnection>;
  /** By what it is called here, the identifier that the side has given. */
  readonly ids: Map<string, string>;
}

/** A question is answered in less, or it is not. */
const ANSWER_MS_MAX = 20_000;
const MOMENT_MS = 1_000;

const IDENTIFIERS: ReadonlySet<string> = new Set([
  'UniqueIdentifier',
  'PrivateKeyUniqueIdentifier',
  'PublicKeyUniqueIdentifier',
]);

export function askBoth({ target }: Peer, port: number, client: KmipClient): Both {
  const side = (open: () => Promise<KmipConnection>): Side => ({
    connection: undefined,
    open,
    ids: new Map(),
  });
  const theirs = side(() => openConnection(target.port, target));
  const ours = side(() => openConnection(port, client));
  return {
    knows: name => ours.ids.has(name),
    forget() {
      for (const { ids } of [theirs, ours]) ids.clear();
    },
    async ask(question) {
      const [their, our] = await Promise.all([send(theirs, question), send(ours, question)]);
      nameNew(newIds(theirs, their), newIds(ours, our), question.makes ?? []);
      return { theirs: answered(theirs, their, question), ours: answered(ours, our, question) };
    },
    close() {
      for (const { connection } of [theirs, ours]) connection?.close();
    },
  };

  function nameNew(their: readonly string[], our: readonly string[], names: readonly string[]): void {
    if (their.length !== names.length || our.length !== names.length) return;
    for (const [index, name] of names.entries()) {
      theirs.ids.set(name, their[index] ?? '');
      ours.ids.set(name, our[index] ?? '');
    }
  }
}

/** Undefined where the connection ends instead. */
async function send(side: Side, { message, unanswered }: Question): Promise<TtlvItem | undefined> {
  side.connection ??= await side.open();
  const { connection } = side;
  const timer = setTimeout(() => connection.close(), unanswered ? MOMENT_MS : ANSWER_MS_MAX);
  try {
    return await connection.ask(filled(message, side.ids));
  } catch {
    connection.close();
    side.connection = undefined;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function filled(field: TtlvField, ids: ReadonlyMap<string, string>): TtlvField {
  if (field.type === 'Structure') return { ...field, fields: field.fields.map(inner => filled(inner, ids)) };
  if (field.type !== 'TextString') return field;
  return { ...field, value: ids.get(field.value) ?? field.value };
}

function newIds({ ids }: Side, answer: TtlvItem | undefined): readonly string[] {
  const known = new Set(ids.values());
  return [...new Set(identifiersIn(answer))].filter(id => !known.has(id));
}

function identifiersIn(item: TtlvItem | undefined): readonly string[] {
  if (item === undefined) return [];
  if (IDENTIFIERS.has(item.name ?? '') && item.type === 'TextString') return [item.text];
  return item.children.flatMap(identifiersIn);
}

function answered(side: Side, answer: TtlvItem | undefined, question: Question): Answered {
  if (answer === undefined) return { version: '', outcomes: ['no answer'], lines: [] };
  const names = new Map([...side.ids].map(([name, id]) => [id, name]));
  const items = answer.children.filter(({ name }) => name === 'BatchItem');
  const [header] = answer.children;
  const [spoken] = header?.children ?? [];
  return {
    version: spoken?.children.map(({ int32 }) => int32).join('.') ?? '',
    outcomes: items.map(outcomeOf),
    lines: items.flatMap(item =>
      linesOf(item, {
        called: id => (question.counted ? '$' : names.get(id)),
        isRandom: question.random ?? false,
        version: question.version,
      }),
    ),
  };
}

function outcomeOf({ children }: TtlvItem): string {
  const value = (name: string) => children.find(child => child.name === name)?.uint32;
  const operation = valueName('Operation', value('Operation') ?? 0) ?? 'Message';
  const reason = value('ResultReason');
  const status = valueName('ResultStatus', value('ResultStatus') ?? 0);
  return `${operation}: ${reason === undefined ? status : (valueName('ResultReason', reason) ?? reason)}`;
}
