// What a vector suite is, and how one is judged: a suite turns one published file into cases, each case answers through the rows of
// the crypto table, and every difference from the publisher's verdict is either explained in exceptions.ts or a failure.

import { must } from '../../src/base/assert.ts';
import { type Bytes, decodeHex, equalBytes, hex } from '../../src/base/bytes.ts';
import { revealSecretBytes, type SecretBytes } from '../../src/base/secret-bytes.ts';
import { KmsError } from '../../src/domain/errors.ts';

/** `accepted`: the operation succeeded with the published result. `wrong`: it succeeded with another one. */
export type Answer = 'accepted' | 'refused' | 'wrong';

export type Expected = 'valid' | 'invalid' | 'acceptable';

export interface VectorCase {
  readonly id: number;
  readonly expected: Expected;
  /** A KmsError or a false answer is a refusal; anything else that is thrown fails the suite. */
  readonly run: () => Promise<Answer | boolean> | Answer | boolean;
}

export interface VectorSuite {
  /** Below the folder of vectors. */
  readonly file: string;
  /** What is counted together. */
  readonly title: string;
  /** The cases; `leaveOut` names groups that cannot be expressed, with the reason. */
  readonly cases: (document: unknown, leaveOut: (count: number, reason: string) => void) => VectorCase[];
}

export interface SuiteResult {
  readonly file: string;
  readonly title: string;
  readonly run: number;
  readonly accepted: number;
  readonly refused: number;
  /** Ids whose answer is not the published one. */
  readonly differences: readonly number[];
  /** How many of the `acceptable` cases we accept. */
  readonly acceptableAccepted: number;
  readonly leftOut: ReadonlyMap<string, number>;
}

export async function runSuite(suite: VectorSuite, document: unknown): Promise<SuiteResult> {
  const leftOut = new Map<string, number>();
  const cases = suite.cases(document, (count, reason) =>
    leftOut.set(reason, (leftOut.get(reason) ?? 0) + count),
  );
  let accepted = 0;
  let refused = 0;
  let acceptableAccepted = 0;
  const differences: number[] = [];
  for (const { id, expected, run } of cases) {
    const answer = await answerOf(run);
    if (expected === 'acceptable') {
      if (answer === 'accepted') acceptableAccepted += 1;
      if (answer === 'wrong') differences.push(id);
    } else if ((expected === 'valid') !== (answer === 'accepted')) differences.push(id);
    if (answer === 'accepted') accepted += 1;
    if (answer === 'refused') refused += 1;
  }
  const { file, title } = suite;
  return { file, title, run: cases.length, accepted, refused, differences, acceptableAccepted, leftOut };
}

async function answerOf(run: VectorCase['run']): Promise<Answer> {
  try {
    const answer = await run();
    if (typeof answer === 'boolean') return answer ? 'accepted' : 'refused';
    return answer;
  } catch (thrown) {
    if (thrown instanceof KmsError && thrown.code !== 'internal') return 'refused';
    throw thrown;
  }
}

/** Published bytes; the empty text is no bytes. */
export function fromHex(text: string): Bytes {
  return must(decodeHex(text), 'vectors are hex');
}

export function same(actual: Bytes, expected: string): Answer {
  return equalBytes(actual, fromHex(expected)) ? 'accepted' : 'wrong';
}

export function sameSecret(actual: SecretBytes, expected: string): Answer {
  using secret = actual;
  return hex(revealSecretBytes(secret)) === expected.toLowerCase() ? 'accepted' : 'wrong';
}

/** The shape that Wycheproof files share: groups with tests. */
export interface Grouped<Group, Test> {
  readonly testGroups: readonly (Group & { readonly tests: readonly Test[] })[];
}

export interface WycheproofTest {
  readonly tcId: number;
  readonly result: Expected;
}

type LeaveOut = Parameters<VectorSuite['cases']>[1];

/** One case for each test of a Wycheproof document. */
export function wycheproofCases<Group, Test extends WycheproofTest>(
  document: unknown,
  run: (group: Group, test: Test) => ReturnType<VectorCase['run']>,
): VectorCase[] {
  return someWycheproofCases<Group, Test>(
    document,
    () => {},
    () => undefined,
    run,
  );
}

/** The same, where `skip` gives the reason why a test cannot be expressed. */
export function someWycheproofCases<Group, Test extends WycheproofTest>(
  document: unknown,
  leaveOut: LeaveOut,
  skip: (group: Group, test: Test) => string | undefined,
  run: (group: Group, test: Test) => ReturnType<VectorCase['run']>,
): VectorCase[] {
  const { testGroups } = document as Grouped<Group, Test>;
  const cases: VectorCase[] = [];
  for (const group of testGroups) {
    for (const test of group.tests) {
      const reason = skip(group, test);
      if (reason === undefined)
        cases.push({ id: test.tcId, expected: test.result, run: () => run(group, test) });
      else leaveOut(1, reason);
    }
  }
  return cases;
}

export interface AcvpTest {
  readonly tcId: number;
  readonly testPassed?: boolean;
}

/** One case for each test of an ACVP document; `skip` gives the reason why a group cannot be expressed. */
export function acvpCases<Group, Test extends AcvpTest>(
  document: unknown,
  leaveOut: LeaveOut,
  skip: (group: Group) => string | undefined,
  run: (group: Group, test: Test) => ReturnType<VectorCase['run']>,
): VectorCase[] {
  const { testGroups } = document as Grouped<Group, Test>;
  const cases: VectorCase[] = [];
  for (const group of testGroups) {
    const reason = skip(group);
    if (reason !== undefined) leaveOut(group.tests.length, reason);
    else {
      for (const test of group.tests) {
        cases.push({
          id: test.tcId,
          expected: test.testPassed === false ? 'invalid' : 'valid',
          run: () => run(group, test),
        });
      }
    }
  }
  return cases;
}
