// An entry of the audit log as an event of IBM's Activity Tracker. Pure: the entry says all that there is to say.

import { STATUS_CODES } from 'node:http';
import type { AuditEntry } from '../../../domain/audit-entry.ts';
import { KmsError } from '../../../domain/errors.ts';
import { faultOf } from '../errors.ts';
import { statusOf } from '../fault.ts';
import { instanceCrn, keyCrn, versionId } from '../names.ts';
import { actionOf, severityOf } from './actions.ts';

export type ActivityEvent = Readonly<Record<string, unknown>>;

/** Undefined for what IBM's service has no event for. `region` is the location of the server, for the names of its resources. */
export function activityEvent(entry: AuditEntry, region: string): ActivityEvent | undefined {
  const row = actionOf(entry);
  if (row === undefined) return undefined;
  const status = entry.outcome === 'ok' ? 200 : statusOf(faultOf(new KmsError(entry.outcome, '')));
  const outcome = entry.outcome === 'ok' ? 'success' : 'failure';
  const instance = { id: entry.projectId ?? '', region };
  const key = entry.targets.find(({ type }) => type === 'key');
  const number = key?.version;
  const target = key === undefined ? instanceCrn(instance) : keyCrn(instance, key.id);
  return {
    eventTime: new Date(entry.at).toISOString(),
    action: `kms.${row.action}`,
    outcome,
    message: `Key Protect: ${row.words}${key === undefined ? '' : ` ${key.id}`}${outcome === 'failure' ? ' -failure' : ''}`,
    initiator: {
      id: entry.principalId,
      typeURI: 'service/security/account',
      credential: { type: entry.credentialId === undefined ? 'system' : 'token' },
      host: { address: entry.sourceAddress },
    },
    target: { id: target, typeURI: `kms/${row.action.split('.')[0]}` },
    observer: { name: 'ActivityTracker' },
    reason: { reasonCode: status, reasonType: STATUS_CODES[status] },
    severity: severityOf(row.action, status),
    requestData: { instanceID: entry.projectId, protocol: entry.protocol, ...entry.details },
    responseData: {
      keyId: key?.id,
      keyVersionId:
        key === undefined || number === undefined ? undefined : versionId({ keyId: key.id, number }),
      reasonForFailure: entry.outcome === 'ok' ? undefined : entry.outcome,
    },
    dataEvent: row.dataEvent ?? false,
    correlationId: entry.requestId,
    logSourceCRN: instanceCrn(instance),
    saveServiceCopy: true,
  };
}
