// The same requests, asked of a real Barbican 15.0.1 and of this server: those written by hand and some hundreds by chance are answered alike,
// and what is answered otherwise on purpose is told in one table with the reasons. Words of refusals are each one's own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type BarbicanSubject, startBarbican } from '../../conformance/barbican/support.ts';
import { SEED, SeededRandom } from '../../support/load-random.ts';
import { type Answered, askBoth, type Both, type Question } from './both.ts';
import { QuestionsByChance } from './chance.ts';
import { differences } from './differences.ts';
import { QUESTIONS_OF_COMPANY } from './questions-of-company.ts';
import { QUESTIONS_OF_RIGHTS } from './questions-of-rights.ts';
import { QUESTIONS_OF_SECRETS } from './questions-of-secrets.ts';
import { type RealBarbican, startRealBarbican } from './real-barbican.ts';
import { PEOPLE, type People } from './words.ts';

const BY_CHANCE = 500;

let real: RealBarbican;
let subject: BarbicanSubject;
let both: Both;
let people: People;

before(async () => {
  real = await startRealBarbican();
  subject = await startBarbican({ settings: { openstackForeign: 'forbidden' } });
  both = askBoth(real, subject);
  people = await newPeople('first');
});
after(async () => {
  await subject?.stop();
  await real?.stop();
});

/** In two projects of their own. */
async function newPeople(label: string): Promise<People> {
  const [home, elsewhere] = [await subject.addProject(label), await subject.addProject(`${label}-other`)];
  const made = Object.entries(PEOPLE).map(async ([who, roles]) => {
    const [role = ''] = roles.split(',');
    const user = await subject.addUser(`${label}-${who}`, [role], who === 'foreign' ? elsewhere : home);
    return [who, { user, roles }] as const;
  });
  return Object.fromEntries(await Promise.all(made)) as People;
}

async function askAlike(question: Question): Promise<void> {
  const { theirs, ours } = await both.ask(question);
  assert.deepEqual(comparable(ours), comparable(theirs), described(question, theirs, ours));
}

function described({ as, method, path, headers, body }: Question, theirs: Answered, ours: Answered): string {
  const sent = JSON.stringify(body)?.slice(0, 300) ?? '';
  const told = [theirs, ours].map(
    ({ status, body: answer }) => `${status} ${JSON.stringify(answer)?.slice(0, 300)}`,
  );
  return `${method} ${path} ${JSON.stringify(headers ?? {})} ${sent} as ${as.roles}\nthere: ${told[0]}\nhere: ${told[1]}`;
}

/** Without the words of refusals, which are each one's own, and the order of what has none. */
function comparable({ status, headers, body }: Answered): unknown {
  const { allow, 'x-openstack-request-id': _requestId, ...rest } = headers;
  const methods = allow?.split(', ').toSorted();
  const refused = status >= 400 && typeof body === 'object' && body !== null;
  const { description: _words, ...told } = (refused ? body : {}) as Record<string, unknown>;
  return { status, headers: { ...rest, methods }, body: refused ? told : withUsersSorted(body) };
}

function withUsersSorted(body: unknown): unknown {
  const { read } = (typeof body === 'object' ? (body ?? {}) : {}) as { read?: { users?: readonly string[] } };
  return read?.users === undefined ? body : { read: { ...read, users: read.users.toSorted() } };
}

for (const [title, questions] of Object.entries({
  ...QUESTIONS_OF_SECRETS,
  ...QUESTIONS_OF_COMPANY,
  ...QUESTIONS_OF_RIGHTS,
})) {
  test(`alike: ${title}`, async t => {
    const all = questions(people);
    for (const question of all) await askAlike(question);
    t.diagnostic(`${all.length} requests`);
  });
}

test('alike: requests by chance', async t => {
  t.diagnostic(`${BY_CHANCE} requests, seed ${SEED}`);
  const chance = new QuestionsByChance(new SeededRandom(SEED), await newPeople('by-chance'));
  for (let index = 0; index < BY_CHANCE; index += 1) await askAlike(chance.next(both));
});

test('different on purpose, and in nothing else than it says', async t => {
  const all = differences(await newPeople('different'));
  for (const { why, prepared = [], questions, theirs, ours } of all) {
    t.diagnostic(`${why} (${theirs} there, ${ours} here)`);
    for (const question of prepared) await both.ask(question);
    for (const question of questions) {
      const answers = await both.ask(question);
      const told = described(question, answers.theirs, answers.ours);
      assert.deepEqual([answers.theirs.status, answers.ours.status], [theirs, ours], told);
      assert.notDeepEqual(comparable(answers.ours), comparable(answers.theirs), told);
    }
  }
});
