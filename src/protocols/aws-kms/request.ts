// One authenticated request of this protocol, as its operations see it, and the one way in which they reach the core.

import type { RequestContext } from '../../core/context.ts';
import { execute } from '../../core/execute.ts';
import type { Kms } from '../../core/kms.ts';
import type { Operation } from '../../core/operation.ts';
import { type MessageContext, NO_CONTEXT } from '../../domain/message-context.ts';

export interface AwsRequest {
  readonly kms: Kms;
  readonly context: RequestContext;
  /** The region of the credential scope: the location of every key that the request can name. */
  readonly region: string;
  /** As AWS calls it, such as `Encrypt`. */
  readonly operation: string;
}

export function perform<Input, Target, Output, Prepared>(
  request: AwsRequest,
  operation: Operation<Input, Target, Output, Prepared>,
  input: Input,
): Promise<Output> {
  return execute(request.kms, operation, request.context, input);
}

/** The request with what a cryptographic operation adds: a dry run, and its context as attributes for the conditions of rules. */
export function cryptographicRequest(
  request: AwsRequest,
  dryRun: boolean | undefined,
  encryptionContext?: Readonly<Record<string, string>>,
): AwsRequest {
  const attributes = encryptionContext === undefined ? undefined : contextAttributes(encryptionContext);
  if (dryRun !== true && attributes === undefined) return request;
  return { ...request, context: { ...request.context, dryRun, attributes } };
}

function contextAttributes(entries: Readonly<Record<string, string>>): Record<string, string> {
  const attributes = Object.create(null) as Record<string, string>;
  for (const name in entries) attributes[`context.${name}`] = entries[name] ?? '';
  return attributes;
}

/** An empty encryption context is none at all. */
export function messageContext(entries: Readonly<Record<string, string>> | undefined): MessageContext {
  if (entries === undefined || Object.keys(entries).length === 0) return NO_CONTEXT;
  return { kind: 'map', entries };
}
