// The first start of an installation: a project, an administrator, a service account for clients, and credentials.json. It may be killed
// anywhere and is done again from the beginning by the next start: it counts as done only once the file with the secrets is durable.

import { setTimeout as pause } from 'node:timers/promises';
import { base64Url, decodeUtf8, utf8 } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { RequestContext } from '../core/context.ts';
import { execute } from '../core/execute.ts';
import type { Kms } from '../core/kms.ts';
import { bindRole } from '../core/operations/access/bindings.ts';
import { issueCredential, revokeCredential } from '../core/operations/identity/credentials.ts';
import { setPassword } from '../core/operations/identity/passwords.ts';
import { createPrincipal } from '../core/operations/identity/principals.ts';
import { createProject } from '../core/operations/projects/projects.ts';
import type { AuditLog } from '../core/ports/audit-log.ts';
import { KmsError } from '../domain/errors.ts';
import type { Role } from '../domain/permission.ts';
import type { IssuedCredentialKind, Principal, PrincipalKind } from '../domain/principal.ts';
import type { Project } from '../domain/project.ts';
import type { House } from './build.ts';
import { type Credentials, credentialsPath, readCredentials, writeCredentials } from './credentials-file.ts';
import { certifyFirstClient } from './first-kmip-client.ts';
import { type Lease, takeLease } from './lease.ts';
import type { Settings } from './settings.ts';

export interface FirstStart {
  /** The credentials were made by this start. */
  readonly isNew: boolean;
  /** What credentials.json of this data directory says; undefined when it is not there. */
  readonly credentials: Credentials | undefined;
}

const FIRST_START = 'installation.firstStart';
const DONE = 'done';
/** How often a node that waits for another one looks whether it is done, or gone. */
const POLL_MS = 250;

const DEFAULT_PROJECT = 'default';
const ADMINISTRATOR = 'admin';
const CLIENT = 'client';

/** Every role that a client needs to make, use and retire keys; access settings and the log are the administrator's. */
const CLIENT_ROLES: readonly Role[] = ['manager', 'user'];

/** A storage array makes, uses, reads and destroys keys. */
const KMIP_CLIENT = 'kmip-client';
const KMIP_CLIENT_ROLES: readonly Role[] = ['manager', 'user', 'exporter', 'purger'];

/** Clients of Key Protect read the payloads of standard keys and manage KMIP adapters: IBM's role Manager. */
const KEY_PROTECT_CLIENT = 'key-protect-client';
const KEY_PROTECT_CLIENT_ROLES: readonly Role[] = ['manager', 'user', 'exporter', 'registrar'];

/** Clients of OpenStack know the administrator by name and password, in the domain that every installation of Keystone has. */
const CLOUD_DOMAIN = 'Default';
const PASSWORD_BYTES = 24;

/** `kmipPort`: the one that is open. */
export async function prepareInstallation(
  house: House,
  url: string,
  kmipPort: number | undefined,
): Promise<FirstStart> {
  const { settings } = house;
  const lease = await leaseOfFirstStart(house.kms);
  if (lease === undefined) return { isNew: false, credentials: readCredentials(settings.dataDir) };
  try {
    const kms = fencedBy(lease, house.kms);
    const written = await ownCredentials(kms, settings.dataDir);
    const credentials = written ?? (await establish(kms, { settings, url, kmipPort, lease }));
    await kms.store.transaction(async tx => {
      await lease.require(tx);
      await tx.settings.put(FIRST_START, DONE);
    });
    return { isNew: true, credentials };
  } finally {
    await lease.release();
  }
}

/**
 * The same, in which nothing is changed once another node has taken over: one that stood still and goes on would otherwise revoke what
 * that node has just written into its credentials.json.
 */
function fencedBy(lease: Lease, kms: Kms): Kms {
  const { auditLog } = kms;
  const commit: AuditLog['commit'] = change =>
    auditLog.commit(async tx => {
      try {
        await lease.require(tx);
      } catch (error) {
        return { ok: false, error, entries: [] };
      }
      return change(tx);
    });
  return { ...kms, auditLog: { ...auditLog, commit } };
}

interface Establishing {
  readonly settings: Settings;
  readonly url: string;
  readonly kmipPort: number | undefined;
  readonly lease: Lease;
}

async function establish(kms: Kms, { settings, url, kmipPort, lease }: Establishing): Promise<Credentials> {
  const project = await ensureProject(kms);
  const home = contextOf(kms, project.id);
  const system = contextOf(kms, undefined);
  const administrator = await ensurePrincipal(kms, system, ADMINISTRATOR, 'user', ['admin']);
  const client = await ensurePrincipal(kms, home, CLIENT, 'serviceAccount', CLIENT_ROLES);
  const keyProtectClient = await ensurePrincipal(
    kms,
    home,
    KEY_PROTECT_CLIENT,
    'serviceAccount',
    KEY_PROTECT_CLIENT_ROLES,
  );
  const apiKey = await replaceCredential(kms, system, administrator, 'apiKey');
  const accessKey = await replaceCredential(kms, home, client, 'accessKeyPair');
  const keyProtectKey = await replaceCredential(kms, home, keyProtectClient, 'apiKey');
  // Where another identity service says who is who, nobody proves himself by a password here.
  const password =
    settings.keystone === undefined ? await givePassword(kms, system, administrator) : undefined;
  let kmip: Credentials['kmip'];
  if (kmipPort !== undefined) {
    const array = await ensurePrincipal(kms, home, KMIP_CLIENT, 'serviceAccount', KMIP_CLIENT_ROLES);
    await revokeCredentials(kms, home, array);
    kmip = await certifyFirstClient(kms, home, settings, array, kmipPort);
  }
  const credentials: Credentials = {
    url,
    project: { id: project.id, name: project.name, accountId: project.accountId },
    admin: { apiKey: apiKey.secret },
    aws: {
      region: settings.location,
      accessKeyId: accessKey.lookup,
      secretAccessKey: accessKey.secret,
    },
    keyProtect: { instanceId: project.id, apiKey: keyProtectKey.secret, tokenUrl: `${url}/identity/token` },
    ...(password !== undefined && {
      openstack: {
        authUrl: `${url}/v3`,
        username: administrator.name,
        password,
        userDomainName: CLOUD_DOMAIN,
        projectName: project.name,
        projectDomainName: CLOUD_DOMAIN,
      },
    }),
    ...(kmip && { kmip }),
  };
  // Whoever took over has revoked these secrets: a file with them would only mislead.
  await lease.require(kms.store);
  writeCredentials(settings.dataDir, credentials);
  return credentials;
}

/** The lease of the one node that is to do it; undefined once it is done. Others wait until it is, or until that node is gone. */
async function leaseOfFirstStart(kms: Kms): Promise<Lease | undefined> {
  for (;;) {
    if (await isDone(kms)) return undefined;
    const lease = await takeLease(kms, 'firstStart');
    if (lease === undefined) {
      await pause(POLL_MS);
    } else if (await isDone(kms)) {
      await lease.release();
    } else {
      return lease;
    }
  }
}

async function isDone({ store }: Kms): Promise<boolean> {
  return (await store.settings.get(FIRST_START)) === DONE;
}

/**
 * The file that an interrupted first start of this installation has left: its administrator's key proves that it is whole and ours. One
 * of another installation is refused, since replacing it could destroy the only copy of its secrets.
 */
async function ownCredentials(kms: Kms, dataDir: string): Promise<Credentials | undefined> {
  const found = readCredentials(dataDir);
  if (found === undefined) return undefined;
  if ((await kms.identity.proveApiKey(found.admin.apiKey, kms.clock.now())) !== undefined) return found;
  const file = credentialsPath(dataDir);
  throw new KmsError('conflict', `${file} belongs to another installation. Move it away and start again.`, {
    file,
  });
}

function contextOf(kms: Kms, projectId: string | undefined): RequestContext {
  return {
    requestId: kms.random.uuid(),
    protocol: 'first-start',
    actor: { type: 'system', name: 'first-start' },
    projectId,
  };
}

async function ensureProject(kms: Kms): Promise<Project> {
  const present = await kms.store.projects.findByName(DEFAULT_PROJECT);
  if (present !== undefined) return present;
  return (await execute(kms, createProject, contextOf(kms, undefined), { name: DEFAULT_PROJECT })).project;
}

async function ensurePrincipal(
  kms: Kms,
  context: RequestContext,
  name: string,
  kind: PrincipalKind,
  roles: readonly Role[],
): Promise<Principal> {
  const present = await kms.store.principals.findByName(context.projectId, name);
  const principal = present ?? (await execute(kms, createPrincipal, context, { name, kind }));
  const bound = await kms.store.bindings.ofPrincipal(principal.id);
  for (const role of roles.filter(role => !bound.some(binding => binding.role === role))) {
    await execute(kms, bindRole, context, { principal: principal.id, role, scope: { on: 'realm' } });
  }
  return principal;
}

/** Secrets that an interrupted first start has made and nobody has seen are revoked. */
async function replaceCredential(
  kms: Kms,
  context: RequestContext,
  principal: Principal,
  kind: IssuedCredentialKind,
): Promise<{ readonly lookup: string; readonly secret: string }> {
  await revokeCredentials(kms, context, principal);
  const issued = await execute(kms, issueCredential, context, { principal: principal.id, kind });
  using secret = issued.secret;
  return { lookup: issued.credential.lookup, secret: decodeUtf8(revealSecretBytes(secret)) };
}

async function givePassword(kms: Kms, context: RequestContext, { id }: Principal): Promise<string> {
  const text = base64Url(kms.random.bytes(PASSWORD_BYTES));
  using password = SecretBytes.own(utf8(text));
  await execute(kms, setPassword, context, { principal: id, password });
  return text;
}

async function revokeCredentials(kms: Kms, context: RequestContext, principal: Principal): Promise<void> {
  for (const old of await kms.store.credentials.list(principal.id)) {
    await execute(kms, revokeCredential, context, { principal: principal.id, credentialId: old.id });
  }
}
