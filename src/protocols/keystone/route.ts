// What a route is: a method, a path, and how it is served. Routes with a token behind them get its session; the others get the request alone.

import type { CloudSession } from '../../core/cloud-session.ts';
import type { Kms } from '../../core/kms.ts';
import type { Operation } from '../../core/operation.ts';

export interface Answer {
  readonly status: number;
  /** Undefined: no body. */
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Call {
  readonly kms: Kms;
  /** Of the server, as clients reach it. */
  readonly url: string;
  readonly requestId: string;
  readonly sourceAddress: string;
  /** `X-Subject-Token`. */
  readonly subjectToken: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** JSON, its shape not looked at yet. Throws `invalidInput`. To be read once. */
  readBody(): unknown;
}

export interface ProvenCall extends Call {
  readonly caller: CloudSession;
  /**
   * Executes an operation in the project, or in the installation where there is none; the session stays that of the token. Its refusals
   * are recorded.
   */
  perform<Input, Target, Output, Prepared>(
    operation: Operation<Input, Target, Output, Prepared>,
    projectId: string | undefined,
    input: Input,
  ): Promise<Output>;
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Path {
  readonly method: Method;
  /** Behind `/v3`. */
  readonly path: string;
}

export type Route =
  | (Path & { readonly open: (call: Call) => Promise<Answer> | Answer })
  | (Path & { readonly serve: (call: ProvenCall) => Promise<Answer> });

/** The same for GET and HEAD, which has no body. */
export function readable(path: string, serve: (call: ProvenCall) => Promise<Answer>): readonly Route[] {
  return [
    { method: 'GET', path, serve },
    { method: 'HEAD', path, serve: async call => ({ ...(await serve(call)), body: undefined }) },
  ];
}
