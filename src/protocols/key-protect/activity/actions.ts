// What IBM's Activity Tracker calls the operations of ours, whichever protocol they came through.

import type { AuditEntry } from '../../../domain/audit-entry.ts';

interface ActionRow {
  /** Behind `kms.`. */
  readonly action: string;
  /** In words, for the message. */
  readonly words: string;
  /** A use of data, as opposed to management. */
  readonly dataEvent?: boolean;
}

const ACTIONS: Readonly<Record<string, ActionRow>> = {
  'key.create': { action: 'secrets.create', words: 'create key' },
  'key.import': { action: 'secrets.create', words: 'import key' },
  'key.ensureServiceKey': { action: 'secrets.create', words: 'create key' },
  'key.describe': { action: 'secrets-metadata.read', words: 'read key metadata' },
  'key.export': { action: 'secrets.read', words: 'read key', dataEvent: true },
  'key.list': { action: 'secrets.list', words: 'list keys' },
  'key.search': { action: 'secrets.list', words: 'list keys' },
  'key.count': { action: 'secrets.head', words: 'count keys' },
  'key.encrypt': { action: 'secrets.wrap', words: 'wrap', dataEvent: true },
  'key.generateDataKey': { action: 'secrets.wrap', words: 'wrap', dataEvent: true },
  'key.generateWrappedDataKey': { action: 'secrets.wrap', words: 'wrap', dataEvent: true },
  'key.decrypt': { action: 'secrets.unwrap', words: 'unwrap', dataEvent: true },
  'key.reencrypt': { action: 'secrets.rewrap', words: 'rewrap', dataEvent: true },
  'key.rotate': { action: 'secrets.rotate', words: 'rotate key' },
  'key.importVersion': { action: 'secrets.rotate', words: 'rotate key' },
  'key.enable': { action: 'secrets.enable', words: 'enable key' },
  'key.activate': { action: 'secrets.enable', words: 'activate key' },
  'key.disable': { action: 'secrets.disable', words: 'disable key' },
  'key.deactivate': { action: 'secrets.expire', words: 'expire key' },
  'key.scheduleDestruction': { action: 'secrets.delete', words: 'delete key' },
  'key.cancelDestruction': { action: 'secrets.restore', words: 'restore key' },
  'key.destroy': { action: 'secrets.purge', words: 'purge key' },
  'key.approveDestruction': { action: 'secrets.setkeyfordeletion', words: 'set key for deletion' },
  'key.withdrawApproval': { action: 'secrets.unsetkeyfordeletion', words: 'unset key for deletion' },
  'key.move': { action: 'secrets.patch', words: 'move key' },
  'key.update': { action: 'secrets.patch', words: 'update key' },
  'key.tag': { action: 'secrets.patch', words: 'tag key' },
  'key.listVersions': { action: 'secrets-key-versions.list', words: 'list key versions' },
  'key.notifyDependants': { action: 'secrets.default', words: 'sync associated resources' },
  'key.readPolicies': { action: 'policies.read', words: 'read key policies' },
  'key.scheduleRotation': { action: 'policies.write', words: 'write rotation policy' },
  'key.requireDualControl': { action: 'policies.write', words: 'write dual authorization policy' },
  'project.readPolicies': { action: 'instance-policies.read', words: 'read instance policies' },
  'project.writeDenials': { action: 'instance-policies.write', words: 'write instance policies' },
  'project.readFacet': { action: 'instance-allowed-ip-port.read', words: 'read allowed IP port' },
  'name.create': { action: 'secrets-alias.create', words: 'create alias' },
  'name.delete': { action: 'secrets-alias.delete', words: 'delete alias' },
  'keyRing.create': { action: 'key-rings.create', words: 'create key ring' },
  'keyRing.delete': { action: 'key-rings.delete', words: 'delete key ring' },
  'keyRing.list': { action: 'key-rings.list', words: 'list key rings' },
  'transportKey.create': { action: 'import-token.create', words: 'create import token' },
  'transportKey.read': { action: 'import-token.read', words: 'read import token' },
  'registration.list': { action: 'registrations.list', words: 'list registrations' },
  'registration.create': { action: 'registrations.create', words: 'create registration' },
  'registration.update': { action: 'registrations.merge', words: 'update registration' },
  'registration.replace': { action: 'registrations.write', words: 'replace registration' },
  'registration.delete': { action: 'registrations.delete', words: 'delete registration' },
};

/** Of principals and credentials, where the entry is of this protocol: its adapters and certificates. */
const KMIP_MANAGEMENT: Readonly<Record<string, ActionRow>> = {
  'principal.create': { action: 'kmip-management.create', words: 'create KMIP adapter' },
  'principal.list': { action: 'kmip-management.list', words: 'list KMIP adapters' },
  'principal.read': { action: 'kmip-management.read', words: 'read KMIP adapter' },
  'principal.delete': { action: 'kmip-management.delete', words: 'delete KMIP adapter' },
  'credential.addCertificate': { action: 'kmip-management.create', words: 'create KMIP certificate' },
  'credential.list': { action: 'kmip-management.list', words: 'list KMIP certificates' },
  'credential.revoke': { action: 'kmip-management.delete', words: 'delete KMIP certificate' },
};

/** Of requests that no operation could take: the family of the path that was asked for. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/\/key_rings/, 'key-rings.request'],
  [/\/instance\/policies/, 'instance-policies.request'],
  [/\/import_token/, 'import-token.request'],
  [/\/policies/, 'policies.default'],
  [/\/registrations/, 'registrations.default'],
  [/\/kmip_adapters/, 'kmip-management.default'],
  [/\/keys/, 'secrets.default'],
];

const PROTOCOL = 'key-protect';

/** Undefined for what IBM's service has no event for. */
export function actionOf(entry: AuditEntry): ActionRow | undefined {
  const { operation, protocol, details } = entry;
  if (operation === 'request.refuse') {
    const asked = typeof details.asked === 'string' && protocol === PROTOCOL ? details.asked : '';
    const family = FAMILIES.find(([path]) => path.test(asked))?.[1];
    return family === undefined ? undefined : { action: family, words: asked };
  }
  const table = protocol === PROTOCOL ? { ...KMIP_MANAGEMENT, ...ACTIONS } : ACTIONS;
  return Object.hasOwn(table, operation) ? table[operation] : undefined;
}

type Severity = 'normal' | 'warning' | 'critical';

const CRITICAL: ReadonlySet<string> = new Set(['secrets.delete', 'registrations.delete']);
const WARNING: ReadonlySet<string> = new Set([
  'secrets.rotate',
  'secrets.restore',
  'secrets.enable',
  'secrets.disable',
  'secrets.setkeyfordeletion',
  'secrets.unsetkeyfordeletion',
  'policies.write',
  'instance-policies.write',
]);
const CRITICAL_STATUS: ReadonlySet<number> = new Set([401, 403, 503, 507]);
const WARNING_STATUS: ReadonlySet<number> = new Set([400, 409, 424, 502, 504, 505]);

/** The graver one of what the action is and how it ended. */
export function severityOf(action: string, status: number): Severity {
  if (CRITICAL.has(action) || CRITICAL_STATUS.has(status)) return 'critical';
  return WARNING.has(action) || WARNING_STATUS.has(status) ? 'warning' : 'normal';
}
