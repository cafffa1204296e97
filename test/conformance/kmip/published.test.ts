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
} from './conversation.ts';
import { ERRATA } from './errata.ts';
import { EXCEPTIONS, OTHER_SERVERS, rolesIn } from './exceptions.ts';
import { type KmipClient, type KmipConnection, type KmipSubject, startKmip } from './support.ts';
import { Users } from './users.ts';
import { Variables } from './variables.ts';

const PUBLISHED = join(import.meta.dirname, '../../../../shared/reference/kmip-testcases');
const SMALL = join(import.meta.dirname, 'small');
const folder = existsSync(PUBLISHED) ? PUBLISHED : SMALL;
/** What a case finds is set up before. */
const place = (file: string): string => file.replace('SETUP', '');
const files = globSync('v*/*.xml', { cwd: folder }).sort((a, b) => (place(a) < place(b) ? -1 : 1));

let subject: KmipSubject;
before(async () => {
  // The cases of 2.0 and later say where they begin and end.
  subject = await startKmip({ kmipInterop: 'on' });
});
after(() => subject.stop());

test(`the published cases of what is served pass`, { timeout: 300_000 }, async t => {
  if (folder === SMALL) t.diagnostic('the published cases are not here: those of our own stand in');
  const only = process.env.KMIP_CASE;
  const counts = new Map<string, Counts>();
  const failed: string[] = [];
  const missing = new Map<string, number>();
  const projects = new Map<string, string>();
  for (const file of files.filter(each => only === undefined || each.includes(only))) {
    const count = counts.get(file.slice(1, 4)) ?? {
      passed: 0,
      mended: 0,
      excepted: 0,
      otherServer: 0,
      notServed: 0,
    };
    counts.set(file.slice(1, 4), count);
    const name = file.slice(5, -4);
    const errata = isKeyOf(ERRATA, name) ? ERRATA[name]?.errata : undefined;
    const { steps } = readConversation(readFileSync(join(folder, file), 'utf8'), errata);
    const lacks = notServed(steps);
    if (lacks !== undefined) {
      count.notServed += 1;
      missing.set(lacks, (missing.get(lacks) ?? 0) + 1);
      continue;
    }
    const group = groupOf(file);
    const known = projects.get(group);
    const client = await subject.addClient({
      ...(known === undefined ? {} : { projectId: known }),
      roles: rolesIn(name),
    });
    projects.set(group, client.projectId);
    const wrong = await play(steps, client);
    const excused = isKeyOf(EXCEPTIONS, name)
      ? 'excepted'
      : isKeyOf(OTHER_SERVERS, name)
        ? 'otherServer'
        : undefined;
    if (wrong === undefined) count.passed += 1;
    else if (excused !== undefined) count[excused] += 1;
    else failed.push(`${file} ${wrong}`);
    if (wrong === undefined && errata !== undefined) count.mended += 1;
    if (wrong === undefined && excused !== undefined) failed.push(`${file} passes: nothing excuses it`);
  }
  for (const [version, { passed, mended, excepted, otherServer, notServed: left }] of counts) {
    const all = passed + excepted + otherServer + left;
    t.diagnostic(
      `KMIP ${version}: ${passed} of ${all} passed (${mended} of them with a misprint mended), ${excepted} exceptions, ${otherServer} assume another server, ${left} ask for what is not served`,
    );
  }
  for (const [what, cases] of [...missing].sort(([, a], [, b]) => b - a))
    t.diagnostic(`not served: ${what}: ${cases}`);
  assert.deepEqual(failed, []);
});

interface Counts {
  passed: number;
  mended: number;
  excepted: number;
  otherServer: number;
  notServed: number;
}

/** What a conversation needs that is not there: an operation, a type of object, or a feature. */
function notServed(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    for (const name of operationsOf(step)) {
      if (!isKeyOf(OPERATIONS, name) || typeof OPERATIONS[name] === 'string') return name;
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
  'User',
  'Group',
  'PasswordCredential',
]);

/** Some cases find what the one before has left. */
function groupOf(file: string): string {
  // That one pad is registered with its material, and the other one is elsewhere.
  if (/TC-OTP-(SETUP-1|4)-/.test(file)) return `${file.slice(0, 4)} a pad`;
  const series = /(SASED|TL|TC-OTP|TC-CREG)[-_]/.exec(file)?.[1];
  return series === undefined ? file : `${file.slice(0, 4)} ${series}`;
}

async function play(steps: readonly Step[], client: KmipClient): Promise<string | undefined> {
  const connection: KmipConnection = await subject.connect(client);
  try {
    const users = new Users(subject, client);
    const variables = new Variables(Math.floor(subject.keyhold.clock.now() / 1000));
    for (const [at, step] of steps.entries()) {
      const answer = await connection.ask(fieldWith(await users.replace(step.request), variables));
      const wrong = difference(step, answer, variables);
      if (wrong !== undefined) return `#${at} ${operationsOf(step).join('+')}: ${wrong}${messageOf(answer)}`;
    }
    return undefined;
  } catch (thrown) {
    return `threw ${thrown}`;
  } finally {
    connection.close();
  }
}
