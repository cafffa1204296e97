// The same messages, asked of PyKMIP's server and of this one, in every version that both speak: their whole answers are alike, or differ as one
// row of the known differences says, with its reason.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Peer, startPykmip } from '../../../bench/pykmip.ts';
import { must } from '../../../src/base/assert.ts';
import { type KmipSubject, startKmip } from '../../conformance/kmip/support.ts';
import { SEED, SeededRandom } from '../../support/load-random.ts';
import { installDebian } from '../install.ts';
import { askBoth, type Both, type Question } from './differential/both.ts';
import { QuestionsByChance } from './differential/chance.ts';
import { type Case, differenceOf, isCaseOf } from './differential/compare.ts';
import { DIFFERENCES } from './differential/differences.ts';
import { QUESTIONS_OF_ATTRIBUTES } from './differential/questions-of-attributes.ts';
import { QUESTIONS_OF_CRYPTOGRAPHY } from './differential/questions-of-cryptography.ts';
import { QUESTIONS_OF_LIFE } from './differential/questions-of-life.ts';
import { QUESTIONS_OF_MATERIAL } from './differential/questions-of-material.ts';
import { QUESTIONS_OF_MESSAGES } from './differential/questions-of-messages.ts';
import { QUESTIONS_OF_OBJECTS } from './differential/questions-of-objects.ts';
import { QUESTIONS_OF_SEARCH } from './differential/questions-of-search.ts';
import { QUESTIONS_OF_WRAPPING } from './differential/questions-of-wrapping.ts';
import { type Questions, speaking, THEIR_VERSIONS } from './differential/words.ts';

const BY_CHANCE = 250;

let peer: Peer | undefined;
let subject: KmipSubject | undefined;
let both: Both | undefined;
const CASES = Object.values(DIFFERENCES).flat();
const met = new Set<Case>();

before(async () => {
  installDebian('python3-pykmip');
  peer = must(await startPykmip(), 'PyKMIP is installed');
  subject = await startKmip();
  both = askBoth(peer, subject.port, await subject.addClient());
});
after(async () => {
  both?.close();
  await subject?.stop();
  await peer?.stop();
});

async function askAlike(question: Question): Promise<void> {
  const { theirs, ours } = await must(both, 'both servers are there').ask(question);
  const difference = differenceOf(theirs, ours);
  if (difference === undefined) return;
  const known = CASES.filter(each => isCaseOf(each, question, difference));
  const { there, here } = difference;
  assert.notEqual(known.length, 0, `${question.version}, ${question.label}\nthere: ${there}\nhere:  ${here}`);
  for (const each of known) met.add(each);
}

function askAll(tables: Readonly<Record<string, Questions>>): void {
  for (const [title, { versions = THEIR_VERSIONS, questions }] of Object.entries(tables)) {
    test(`alike: ${title}`, async t => {
      let count = 0;
      for (const version of versions) {
        both?.forget();
        for (const question of questions(speaking(version, title))) {
          await askAlike(question);
          count += 1;
        }
      }
      t.diagnostic(`${count} questions in ${versions.join(', ')}`);
    });
  }
}

// What is sought is asked first: there, every object that there is costs time.
askAll(QUESTIONS_OF_SEARCH);

test('alike: lives by chance of a few objects', async t => {
  t.diagnostic(`${BY_CHANCE} questions, seed ${SEED}`);
  both?.forget();
  const chance = new QuestionsByChance(new SeededRandom(SEED));
  for (let index = 0; index < BY_CHANCE; index += 1) await askAlike(chance.next());
});

askAll(QUESTIONS_OF_ATTRIBUTES);
askAll(QUESTIONS_OF_MESSAGES);
askAll(QUESTIONS_OF_OBJECTS);
askAll(QUESTIONS_OF_MATERIAL);
askAll(QUESTIONS_OF_WRAPPING);
askAll(QUESTIONS_OF_LIFE);
askAll(QUESTIONS_OF_CRYPTOGRAPHY);

test('every known difference is still one', t => {
  for (const [why, cases] of Object.entries(DIFFERENCES)) {
    t.diagnostic(why);
    assert.deepEqual(
      cases.filter(each => !met.has(each)),
      [],
      why,
    );
  }
});
