// What a principal may be allowed to do: one closed list, and the roles as sets of it. A protocol's own roles and policy actions map
// onto these in the protocol's folder.

import { mapTable, tableKeys } from '../base/table.ts';

export const PERMISSIONS = {
  'project.create': 'make a project',
  'project.read': 'see a project',
  'project.update': 'rename, disable or enable a project',
  'project.configure': 'change what a protocol keeps about a project, such as the policies of an instance',
  'keyRing.create': 'make a key ring',
  'keyRing.read': 'see key rings',
  'keyRing.delete': 'delete an empty key ring',
  'key.create': 'make a key',
  'key.import': 'bring key material in',
  'key.export': 'take the material of an exportable key out',
  'key.read': 'see the metadata of a key',
  'key.list': 'list the keys of a project',
  'key.update': 'change label, description, tags, key ring and rotation settings',
  'key.enable': 'enable a key, or begin its cryptoperiod',
  'key.disable': 'disable a key, or end its cryptoperiod',
  'key.rotate': 'make a new primary version',
  'key.destroy': 'schedule a destruction, or cancel it',
  'key.purge': 'destroy a key at once',
  'key.approveDestruction': 'approve that another principal destroys a key under dual control',
  'key.encrypt': 'encrypt under a key',
  'key.decrypt': 'decrypt under a key',
  'key.reencryptFrom': 'take a ciphertext off a key',
  'key.reencryptTo': 'put a ciphertext onto a key',
  'key.generateDataKey': 'make a data key and see it',
  'key.generateWrappedDataKey': 'make a data key and see it wrapped only',
  'key.sign': 'sign',
  'key.verify': 'verify a signature',
  'key.mac': 'compute a MAC',
  'key.verifyMac': 'verify a MAC',
  'key.agree': 'agree on a shared secret',
  'key.encapsulate': 'encapsulate a shared secret',
  'key.decapsulate': 'decapsulate a shared secret',
  'key.wrap': 'wrap a key',
  'key.unwrap': 'unwrap a key',
  'key.derive': 'derive a key',
  'key.allocateUsage': 'set a part of the usage limit aside for uses outside',
  'key.readPublic': 'see the public key of a pair',
  'random.generate': 'take random bytes',
  'registration.create': 'say that a resource depends on a key',
  'registration.read': 'see which resources depend on keys',
  'registration.update': 'change what is said of a resource that depends on a key',
  'registration.delete': 'say that a resource depends on a key no more',
  'secret.create': 'keep a secret',
  'secret.list': 'list the secrets of a project',
  'secret.read': 'see the metadata of a secret',
  'secret.reveal': 'take the payload of a secret out',
  'secret.update': 'change the metadata of a secret',
  'secret.delete': 'delete a secret and destroy its payload',
  'secret.reachClosed': 'reach what others have closed to the project',
  'secret.readAccess': 'see who may reach secrets and containers',
  'secret.updateAccess': 'say who may reach secrets and containers of others',
  'secret.ownAccess': 'say who may reach what one has made, and delete such containers',
  'container.create': 'make a container of secrets',
  'container.list': 'list the containers of a project',
  'container.read': 'see a container',
  'container.update': 'put secrets into a container and take them out of it',
  'container.delete': 'delete the containers of others',
  'order.create': 'order a key or a pair',
  'order.list': 'list the orders of a project',
  'order.read': 'see an order',
  'order.delete': 'delete an order',
  'quota.read': 'see how many secrets, orders, containers and consumers a project may have',
  'quota.configure': 'set quotas of projects',
  'name.create': 'give a key a name',
  'name.read': 'see the names of keys',
  'name.update': 'point a name at another key',
  'name.delete': 'take a name away',
  'principal.create': 'make a user or service account',
  'principal.read': 'see principals',
  'principal.update': 'disable, enable or rename a principal',
  'principal.delete': 'delete a principal',
  'credential.create': 'give a principal a credential',
  'credential.read': 'see which credentials exist, never their secrets',
  'credential.revoke': 'revoke a credential',
  'access.read': 'see role bindings and rules, and ask why a request would be allowed',
  'access.update': 'bind and unbind roles, write and delete rules',
  'audit.read': 'read the audit log of a project or of the system',
  'system.read': 'see the state of the installation',
  'system.backup': 'write a backup',
  'system.rotateRoot': 'rotate the root key, or move it elsewhere',
  'system.unseal': 'give shares of the root key',
  'system.eraseHardware': 'erase objects of the token that no key knows',
  'system.seal': 'have the server forget the root key',
  'system.rotateTokenKey': 'replace the key that signs tokens',
} as const satisfies Record<string, string>;

export type Permission = keyof typeof PERMISSIONS;

export const ALL_PERMISSIONS = tableKeys(PERMISSIONS);

const VIEW = [
  'project.read',
  'keyRing.read',
  'key.read',
  'key.list',
  'key.readPublic',
  'name.read',
  'registration.read',
] as const;

const USE = [
  'key.encrypt',
  'key.decrypt',
  'key.reencryptFrom',
  'key.reencryptTo',
  'key.generateDataKey',
  'key.generateWrappedDataKey',
  'key.sign',
  'key.verify',
  'key.mac',
  'key.verifyMac',
  'key.agree',
  'key.encapsulate',
  'key.decapsulate',
  'key.wrap',
  'key.unwrap',
  'key.derive',
  'key.allocateUsage',
  'random.generate',
] as const;

const PROVISION = [
  'keyRing.create',
  'key.create',
  'key.import',
  'key.rotate',
  'key.approveDestruction',
  'name.create',
  'name.delete',
] as const;

const MANAGE = [
  ...PROVISION,
  'project.configure',
  'keyRing.delete',
  'key.update',
  'key.enable',
  'key.disable',
  'key.destroy',
  'name.update',
  'registration.create',
  'registration.update',
  'registration.delete',
] as const;

const READ_SECRETS = ['secret.read', 'container.read', 'order.read', 'quota.read'] as const;

const OBSERVE_SECRETS = [
  ...READ_SECRETS,
  'secret.list',
  'secret.reveal',
  'container.list',
  'order.list',
] as const;

const KEEP_SECRETS = [
  ...OBSERVE_SECRETS,
  'secret.create',
  'secret.update',
  'secret.delete',
  'secret.ownAccess',
  'container.create',
  'container.update',
  'order.create',
] as const;

/** A role is a set of permissions; bound on the system, a project, a key ring or a key. */
export const ROLES = {
  viewer: { description: 'sees metadata, uses nothing', permissions: [...VIEW] },
  user: { description: 'uses keys cryptographically', permissions: [...VIEW, ...USE] },
  exporter: {
    description: 'takes the material of exportable keys out; bound by administrators of the system alone',
    permissions: [...VIEW, 'key.export'],
  },
  provisioner: {
    description: 'makes, imports, rotates and names keys, takes none away',
    permissions: [...VIEW, ...PROVISION],
  },
  manager: {
    description: 'runs the life cycle of keys, does not use them',
    permissions: [...VIEW, ...MANAGE],
  },
  registrar: {
    description: 'makes principals, gives them credentials and revokes these; binds no roles',
    permissions: [
      ...VIEW,
      'principal.create',
      'principal.read',
      'credential.create',
      'credential.read',
      'credential.revoke',
    ],
  },
  secretCreator: {
    description: 'keeps secrets and says who may reach them',
    permissions: [...KEEP_SECRETS, 'secret.readAccess', 'secret.updateAccess'],
  },
  secretMember: {
    description: 'keeps secrets, clears away containers and orders, and says who may reach its own',
    permissions: [...KEEP_SECRETS, 'container.delete', 'order.delete'],
  },
  secretObserver: {
    description: 'sees secrets and takes their payloads out',
    permissions: [...OBSERVE_SECRETS, 'secret.readAccess'],
  },
  secretAuditor: { description: 'sees the metadata of secrets', permissions: [...READ_SECRETS] },
  quotaReader: { description: 'sees the quotas of its project', permissions: ['quota.read'] },
  quotaManager: {
    description: 'sets quotas of projects; of use to principals of the system',
    permissions: ['quota.read', 'quota.configure'],
  },
  service: {
    description: 'vouches for users whose requests a service passes on; may do nothing by itself',
    permissions: [],
  },
  purger: { description: 'destroys keys at once', permissions: [...VIEW, 'key.purge'] },
  custodian: {
    description: 'gives shares of the root key to a sealed server; of use to principals of the system',
    permissions: ['system.unseal', 'system.read'],
  },
  auditor: {
    description: 'reads the audit log and the access settings',
    permissions: [...VIEW, 'audit.read', 'access.read', 'principal.read', 'credential.read', 'system.read'],
  },
  admin: {
    description: 'everything in its scope, export excepted',
    permissions: ALL_PERMISSIONS.filter(permission => permission !== 'key.export'),
  },
} as const satisfies Record<string, { description: string; permissions: readonly Permission[] }>;

export type Role = keyof typeof ROLES;

export const ALL_ROLES = tableKeys(ROLES);

const PERMISSIONS_BY_ROLE = mapTable(ROLES, role => new Set<Permission>(role.permissions));

export function roleAllows(role: Role, permission: Permission): boolean {
  return PERMISSIONS_BY_ROLE[role].has(permission);
}

/** Whether whoever holds the one role may do all that the other one allows. */
export function roleIncludes(role: Role, other: Role): boolean {
  const { permissions }: { readonly permissions: readonly Permission[] } = ROLES[other];
  return role === other || (permissions.length > 0 && permissions.every(one => roleAllows(role, one)));
}
