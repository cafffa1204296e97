// The published OASIS cases, played over TLS. A case that asks for what is not served is counted apart, by what that is; every other one
// must pass or be in the list of exceptions with its reason.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isKeyOf } from '../../../src/base/table.ts';
import { OPERATIONS } from '../../../src/protocols/kmip/operations.ts';
import type { TtlvItem } from '../../../src/wire/ttlv/index.ts';
import {
  difference,
  elements,
  fieldWith,
  OF_OTHER_SERVERS,
  operationsOf,
  readConversation,
  type Step,
  Variables,
} from './conversation.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { type KmipClient, type KmipConnection, type KmipSubject, startKmip } from './support.ts';
import { Users } from './users.ts';

const PUBLISHED = join(import.meta.dirname, '../../../../shared/reference/kmip-testcases');
const SMALL = join(import.meta.dirname, 'small');
const folder = existsSync(PUBLISHED) ? PUBLISHED : SMALL;
/** What a case finds is set up before. */
const place = (file: string): string => file.replace('SETUP', '');
const files = globSync('v[12].*/*.xml', { cwd: folder }).sort((a, b) => (place(a) < place(b) ? -1 : 1));

let subject: KmipSubject;
before(async () => {
  subject = await startKmip();
});
after(() => subject.stop());

test(`the published cases of what is served pass`, { timeout: 300_000 }, async t => {
  if (folder === SMALL) t.diagnostic('the published cases are not here: those of our own stand in');
  const only = process.env.KMIP_CASE;
  const counts = new Map<string, { passed: number; excepted: number; notServed: number }>();
  const failed: string[] = [];
  const missing = new Map<string, number>();
  const clients = new Map<string, KmipClient>();
  for (const file of files.filter(each => only === undefined || each.includes(only))) {
    const count = counts.get(file.slice(1, 4)) ?? { passed: 0, excepted: 0, notServed: 0 };
    counts.set(file.slice(1, 4), count);
    const { steps } = readConversation(readFileSync(join(folder, file), 'utf8'));
    const lacks = notServed(steps);
    if (lacks !== undefined) {
      count.notServed += 1;
      missing.set(lacks, (missing.get(lacks) ?? 0) + 1);
      continue;
    }
    const group = groupOf(file);
    const client = clients.get(group) ?? (await subject.addClient());
    clients.set(group, client);
    const wrong = await play(steps, client);
    const name = file.slice(5, -4);
    if (wrong === undefined) count.passed += 1;
    else if (isKeyOf(EXCEPTIONS, name)) count.excepted += 1;
    else failed.push(`${file} ${wrong}`);
    if (wrong === undefined && isKeyOf(EXCEPTIONS, name)) failed.push(`${file} passes: it is no exception`);
  }
  for (const [version, { passed, excepted, notServed: left }] of counts) {
    t.diagnostic(
      `KMIP ${version}: ${passed} passed, ${excepted} exceptions, ${left} ask for what is not served`,
    );
  }
  for (const [what, cases] of [...missing].sort(([, a], [, b]) => b - a))
    t.diagnostic(`not served: ${what}: ${cases}`);
  assert.deepEqual(failed, []);
});

/** What a conversation needs that is not there: an operation, a type of object, or a feature. */
function notServed(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    for (const name of operationsOf(step)) {
      if (name !== 'Interop' && (!isKeyOf(OPERATIONS, name) || typeof OPERATIONS[name] === 'string'))
        return name;
    }
    const type = elements(step.request, 'ObjectType').map(({ attributes }) => attributes.get('value'));
    const other = type.find(each => !TYPES.has(each ?? ''));
    if (other !== undefined) return `objects of type ${other}`;
    if (operationsOf(step).includes('Query')) {
      const told = (name: string) =>
        elements(step.response, name).map(({ attributes }) => attributes.get('value') ?? '');
      const lacks = told('Operation').find(
        name =>
          !OF_OTHER_SERVERS.has(name) && isKeyOf(OPERATIONS, name) && typeof OPERATIONS[name] === 'string',
      );
      if (lacks !== undefined) return `Query tells of ${lacks}`;
      const absent = told('ObjectType').find(each => !TYPES.has(each));
      if (absent !== undefined) return `Query tells of objects of type ${absent}`;
    }
  }
  return undefined;
}

function messageOf(answer: TtlvItem): string {
  const texts = answer.children.flatMap(({ children }) =>
    children.filter(({ name }) => name === 'ResultMessage'),
  );
  return texts.map(({ text }) => ` (${text})`).join('');
}

const TYPES = new Set([
  'Certificate',
  'SymmetricKey',
  'PublicKey',
  'PrivateKey',
  'Template',
  'SecretData',
  'OpaqueObject',
  'PGPKey',
  'SplitKey',
  'CertificateRequest',
]);

/** Some cases find what the one before has left. */
function groupOf(file: string): string {
  const series = /(SASED|TL|TC-OTP(?!-SETUP-1)|TC-CREG)[-_]/.exec(file)?.[1];
  return series === undefined ? file : `${file.slice(0, 4)} ${series}`;
}

async function play(steps: readonly Step[], client: KmipClient): Promise<string | undefined> {
  const connection: KmipConnection = await subject.connect(client);
  try {
    const users = new Users(subject, client);
    const variables = new Variables(Math.floor(subject.keyhold.clock.now() / 1000));
    for (const [at, step] of steps.entries()) {
      // A frame for the cases of 2.x that a server knows in its tests alone.
      if (operationsOf(step).every(name => name === 'Interop')) continue;
      const answer = await connection.ask(fieldWith(await users.replace(step.request), variables));
      const wrong = difference(step.response, answer, variables);
      if (wrong !== undefined) return `#${at} ${operationsOf(step).join('+')}: ${wrong}${messageOf(answer)}`;
    }
    return undefined;
  } catch (thrown) {
    return `threw ${thrown}`;
  } finally {
    connection.close();
  }
}
