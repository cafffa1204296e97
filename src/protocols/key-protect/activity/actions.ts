// What IBM's Activity Tracker calls the operations of ours, whichever protocol they came through.

import type { AuditEntry } from '../../../domain/audit-entry.ts';
import type { OperationName } from '../../../domain/operation-name.ts';

interface ActionRow {
  /** Behind `kms.`. */
  readonly action: string;
  /** In words, for the message. */
  readonly words: string;
  /** A use of data, as opposed to management. */
  readonly dataEvent?: boolean;
}

/** What IBM's service has no event for: uses of keys that it does not have, and what is of identity, of the log, of other services. */
const WITHOUT_EVENT = [
  'access.bind',
  'access.createRule',
  'access.deleteRule',
  'access.explain',
  'access.listBindings',
  'access.listPrincipalBindings',
  'access.listRules',
  'access.unbind',
  'accessList.delete',
  'accessList.read',
  'accessList.set',
  'audit.checkpoint',
  'audit.export',
  'audit.follow',
  'audit.note',
  'audit.receipt',
  'audit.search',
  'authority.read',
  'consumer.add',
  'consumer.list',
  'consumer.remove',
  'container.create',
  'container.delete',
  'container.list',
  'container.putSecret',
  'container.read',
  'container.takeSecret',
  'credential.addCertificate',
  'credential.certify',
  'credential.changePassword',
  'credential.create',
  'credential.createApplication',
  'credential.deleteApplication',
  'credential.list',
  'credential.listApplications',
  'credential.revoke',
  'credential.setPassword',
  'identity.mirror',
  'key.agree',
  'key.certify',
  'key.decapsulate',
  'key.digest',
  'key.encapsulate',
  'key.mac',
  'key.macPart',
  'key.sign',
  'key.signPart',
  'key.verify',
  'key.verifyMac',
  'key.verifyMacPart',
  'key.verifyPart',
  'message.hashPart',
  'name.list',
  'order.delete',
  'order.list',
  'order.read',
  'principal.create',
  'principal.delete',
  'principal.list',
  'principal.read',
  'principal.update',
  'principal.whoAmI',
  'project.create',
  'project.list',
  'project.listOfPrincipal',
  'project.listOwn',
  'project.read',
  'project.update',
  'project.writeFacet',
  'quota.delete',
  'quota.list',
  'quota.read',
  'quota.readOfProject',
  'quota.set',
  'random.generate',
  'random.seed',
  'request.answer',
  'request.refuse',
  'secretStore.list',
  'secretStore.prefer',
  'system.backup',
  'system.custody.read',
  'system.hardware.check',
  'system.hardware.erase',
  'system.maintenanceEnded',
  'system.rootShares',
  'system.rotateRoot',
  'system.rotateTokenKey',
  'system.seal',
  'system.seal.read',
  'system.status',
  'system.unseal',
  'system.unseal.reset',
  'token.issue',
  'token.revoke',
  'transportKey.erase',
] as const satisfies readonly OperationName[];

/** Total by type: a new operation has an event, or is said to have none. */
const ACTIONS: Readonly<Record<Exclude<OperationName, (typeof WITHOUT_EVENT)[number]>, ActionRow>> = {
  'key.create': { action: 'secrets.create', words: 'create key' },
  'key.import': { action: 'secrets.create', words: 'import key' },
  'key.ensureServiceKey': { action: 'secrets.create', words: 'create key' },
  'key.createPair': { action: 'secrets.create', words: 'create key' },
  'key.importPublic': { action: 'secrets.create', words: 'import key' },
  'key.reimport': { action: 'secrets.create', words: 'import key' },
  'key.derive': { action: 'secrets.create', words: 'derive key' },
  'key.split': { action: 'secrets.create', words: 'split key' },
  'key.join': { action: 'secrets.create', words: 'join key' },
  'key.ensureHardwareWrappingKey': { action: 'secrets.create', words: 'create key' },
  'secret.create': { action: 'secrets.create', words: 'create secret' },
  'secret.storePayload': { action: 'secrets.create', words: 'create secret' },
  'order.create': { action: 'secrets.create', words: 'order key' },
  'key.describe': { action: 'secrets-metadata.read', words: 'read key metadata' },
  'secret.read': { action: 'secrets-metadata.read', words: 'read secret metadata' },
  'key.lastUse': { action: 'secrets-metadata.read', words: 'read key metadata' },
  'key.readPublic': { action: 'secrets-metadata.read', words: 'read public key' },
  'link.list': { action: 'secrets-metadata.read', words: 'read links of key' },
  'link.listTo': { action: 'secrets-metadata.read', words: 'read links of key' },
  'key.export': { action: 'secrets.read', words: 'read key', dataEvent: true },
  'secret.reveal': { action: 'secrets.read', words: 'read secret', dataEvent: true },
  'key.list': { action: 'secrets.list', words: 'list keys' },
  'key.search': { action: 'secrets.list', words: 'list keys' },
  'key.walk': { action: 'secrets.list', words: 'list keys' },
  'secret.list': { action: 'secrets.list', words: 'list secrets' },
  'key.count': { action: 'secrets.head', words: 'count keys' },
  'key.encrypt': { action: 'secrets.wrap', words: 'wrap', dataEvent: true },
  'key.generateDataKey': { action: 'secrets.wrap', words: 'wrap', dataEvent: true },
  'key.generateWrappedDataKey': { action: 'secrets.wrap', words: 'wrap', dataEvent: true },
  'key.encryptBy': { action: 'secrets.wrap', words: 'encrypt', dataEvent: true },
  'key.encryptPart': { action: 'secrets.wrap', words: 'encrypt', dataEvent: true },
  'key.wrap': { action: 'secrets.wrap', words: 'wrap key', dataEvent: true },
  'key.decrypt': { action: 'secrets.unwrap', words: 'unwrap', dataEvent: true },
  'key.decryptBy': { action: 'secrets.unwrap', words: 'decrypt', dataEvent: true },
  'key.decryptPart': { action: 'secrets.unwrap', words: 'decrypt', dataEvent: true },
  'key.unwrapValue': { action: 'secrets.unwrap', words: 'unwrap', dataEvent: true },
  'key.reencrypt': { action: 'secrets.rewrap', words: 'rewrap', dataEvent: true },
  'key.rotate': { action: 'secrets.rotate', words: 'rotate key' },
  'key.importVersion': { action: 'secrets.rotate', words: 'rotate key' },
  'key.replace': { action: 'secrets.rotate', words: 'replace key' },
  'key.replacePair': { action: 'secrets.rotate', words: 'replace key' },
  'key.enable': { action: 'secrets.enable', words: 'enable key' },
  'key.activate': { action: 'secrets.enable', words: 'activate key' },
  'key.disable': { action: 'secrets.disable', words: 'disable key' },
  'key.deactivate': { action: 'secrets.expire', words: 'expire key' },
  'key.compromise': { action: 'secrets.expire', words: 'compromise key' },
  'key.scheduleDestruction': { action: 'secrets.delete', words: 'delete key' },
  'secret.delete': { action: 'secrets.delete', words: 'delete secret' },
  'key.cancelDestruction': { action: 'secrets.restore', words: 'restore key' },
  'key.destroy': { action: 'secrets.purge', words: 'purge key' },
  'key.approveDestruction': { action: 'secrets.setkeyfordeletion', words: 'set key for deletion' },
  'key.withdrawApproval': { action: 'secrets.unsetkeyfordeletion', words: 'unset key for deletion' },
  'key.move': { action: 'secrets.patch', words: 'move key' },
  'key.update': { action: 'secrets.patch', words: 'update key' },
  'key.tag': { action: 'secrets.patch', words: 'tag key' },
  'key.planCryptoperiod': { action: 'secrets.patch', words: 'plan cryptoperiod' },
  'key.limitUsage': { action: 'secrets.patch', words: 'limit usage' },
  'key.allocateUsage': { action: 'secrets.patch', words: 'allocate usage' },
  'key.archive': { action: 'secrets.patch', words: 'archive key' },
  'key.recover': { action: 'secrets.patch', words: 'recover key' },
  'key.restrictExport': { action: 'secrets.patch', words: 'restrict export' },
  'key.noteRelease': { action: 'secrets.patch', words: 'note release' },
  'link.create': { action: 'secrets.patch', words: 'link keys' },
  'link.delete': { action: 'secrets.patch', words: 'unlink keys' },
  'secret.changeMetadata': { action: 'secrets.patch', words: 'update secret' },
  'key.listVersions': { action: 'secrets-key-versions.list', words: 'list key versions' },
  'key.notifyDependants': { action: 'secrets.default', words: 'sync associated resources' },
  'key.readPolicies': { action: 'policies.read', words: 'read key policies' },
  'key.scheduleRotation': { action: 'policies.write', words: 'write rotation policy' },
  'key.scheduleReplacement': { action: 'policies.write', words: 'write rotation policy' },
  'key.requireDualControl': { action: 'policies.write', words: 'write dual authorization policy' },
  'project.readPolicies': { action: 'instance-policies.read', words: 'read instance policies' },
  'project.writeDenials': { action: 'instance-policies.write', words: 'write instance policies' },
  'project.readFacet': { action: 'instance-allowed-ip-port.read', words: 'read allowed IP port' },
  'name.create': { action: 'secrets-alias.create', words: 'create alias' },
  'name.update': { action: 'secrets-alias.create', words: 'move alias' },
  'name.delete': { action: 'secrets-alias.delete', words: 'delete alias' },
  'keyRing.create': { action: 'key-rings.create', words: 'create key ring' },
  'keyRing.delete': { action: 'key-rings.delete', words: 'delete key ring' },
  'keyRing.list': { action: 'key-rings.list', words: 'list key rings' },
  'keyRing.read': { action: 'key-rings.list', words: 'read key ring' },
  'transportKey.create': { action: 'import-token.create', words: 'create import token' },
  'transportKey.read': { action: 'import-token.read', words: 'read import token' },
  'registration.list': { action: 'registrations.list', words: 'list registrations' },
  'registration.read': { action: 'registrations.list', words: 'read registration' },
  'registration.create': { action: 'registrations.create', words: 'create registration' },
  'registration.update': { action: 'registrations.merge', words: 'update registration' },
  'registration.replace': { action: 'registrations.write', words: 'replace registration' },
  'registration.delete': { action: 'registrations.delete', words: 'delete registration' },
};

/** Of principals and credentials, where the entry is of this protocol: its adapters and certificates. */
const KMIP_MANAGEMENT: Readonly<Partial<Record<OperationName, ActionRow>>> = {
  'principal.create': { action: 'kmip-management.create', words: 'create KMIP adapter' },
  'principal.list': { action: 'kmip-management.list', words: 'list KMIP adapters' },
  'principal.read': { action: 'kmip-management.read', words: 'read KMIP adapter' },
  'principal.delete': { action: 'kmip-management.delete', words: 'delete KMIP adapter' },
  'credential.addCertificate': { action: 'kmip-management.create', words: 'create KMIP certificate' },
  'credential.list': { action: 'kmip-management.list', words: 'list KMIP certificates' },
  'credential.revoke': { action: 'kmip-management.delete', words: 'delete KMIP certificate' },
};

const EVERYWHERE = new Map(Object.entries(ACTIONS));
const WITH_KMIP_MANAGEMENT = new Map([...EVERYWHERE, ...Object.entries(KMIP_MANAGEMENT)]);

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
  const table: ReadonlyMap<string, ActionRow> = protocol === PROTOCOL ? WITH_KMIP_MANAGEMENT : EVERYWHERE;
  return table.get(operation);
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
