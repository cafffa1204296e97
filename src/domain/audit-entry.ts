// What the audit log keeps of one operation. Details are allow-listed by each operation; plaintext, material and tokens never enter.

import type { CanonicalValue } from '../base/canonical-json.ts';
import type { ErrorCode } from './errors.ts';

export type OperationKind = 'read' | 'use' | 'change';

/** Type aliases, not interfaces: only these are canonical JSON to the compiler. */
export type AuditTarget = {
  readonly type:
    | 'project'
    | 'keyRing'
    | 'key'
    | 'name'
    | 'registration'
    | 'transportKey'
    | 'secret'
    | 'container'
    | 'order'
    | 'principal'
    | 'credential'
    | 'binding'
    | 'rule'
    | 'system';
  readonly id: string;
  /** For keys: the version that was used. */
  readonly version?: number | undefined;
};

/** The object as the only target; none while there is no object. */
export function targetsOf(
  type: AuditTarget['type'],
  object: { readonly id: string } | undefined,
): readonly AuditTarget[] {
  return object === undefined ? [] : [{ id: object.id, type }];
}

/** What an operation allows into its entry. */
export type AuditDetails = Readonly<Record<string, CanonicalValue | undefined>>;

/** The beginning of a text of the caller's, for an entry: it may be of any length and cut anywhere, and is well-formed Unicode all the same. */
export function excerpt(text: string, charactersMax: number): string {
  return text.slice(0, charactersMax).toWellFormed();
}

/** `authentication` is a proof that failed before any operation was known. */
export type AuditEntry = {
  /** Instant of the decision, milliseconds since 1970-01-01T00:00:00Z. */
  readonly at: number;
  readonly operation: string;
  readonly kind: OperationKind | 'authentication';
  /** `ok`, or the error code. */
  readonly outcome: 'ok' | ErrorCode;
  /** Why it was allowed or denied, such as `binding <id>`. */
  readonly reason?: string | undefined;
  readonly protocol: string;
  readonly requestId: string;
  readonly sourceAddress?: string | undefined;
  readonly principalId?: string | undefined;
  readonly credentialId?: string | undefined;
  /** The project of the objects; of the principal when the request names none. */
  readonly projectId?: string | undefined;
  readonly targets: readonly AuditTarget[];
  readonly details: AuditDetails;
};
