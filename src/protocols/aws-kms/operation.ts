// What an operation of this protocol is: a table of members and a handler, made into one function from a body to an answer.

import type { Bytes } from '../../base/bytes.ts';
import { refusalOf } from './errors.ts';
import { AwsRefusal } from './fault.ts';
import { readInput, wipeInput } from './model/read-input.ts';
import type { InputOf, Members } from './model/shapes.ts';
import type { AwsRequest } from './request.ts';
import type { AwsOutput } from './response.ts';

export interface AwsOperation {
  readonly members: Members;
  /** Throws {@link AwsRefusal} and nothing else. The body is wiped. */
  serve(request: AwsRequest, body: Bytes): Promise<AwsOutput>;
}

export function operation<const M extends Members>(
  members: M,
  handle: (request: AwsRequest, input: InputOf<M>) => Promise<AwsOutput>,
): AwsOperation {
  return {
    members,
    async serve(request, body) {
      const input = readInput(members, body);
      try {
        return await handle(request, input);
      } catch (thrown) {
        if (thrown instanceof AwsRefusal) throw thrown;
        throw await refusalOf(thrown, request, input);
      } finally {
        wipeInput(members, input);
      }
    },
  };
}
