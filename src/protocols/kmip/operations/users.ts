// Create Credential, Create User, Create Group (KMIP 3.0, as far as its published cases and enumerations tell). A user is a principal of the
// project that may do nothing until a role is bound to it; what it proves itself by are the credentials that its links lead to.

import { keyDemand } from '../../../core/find-key.ts';
import { addCertificate } from '../../../core/operations/identity/credentials.ts';
import { setPassword } from '../../../core/operations/identity/passwords.ts';
import { createPrincipal } from '../../../core/operations/identity/principals.ts';
import { exportKey } from '../../../core/operations/keys/export-key.ts';
import { updateKey } from '../../../core/operations/keys/update-key.ts';
import { read, type StructureReader, type ValueName } from '../../../wire/ttlv/index.ts';
import { writePem } from '../../../wire/x509/pem.ts';
import { readAttributesOf } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { created } from '../identifier.ts';
import { type BroughtObject, readBrought } from '../objects/brought.ts';
import { facetOf } from '../objects/facet.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { importObject } from '../objects/import-object.ts';
import { keepObject } from '../objects/keep-object.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import { type ObjectPlan, planObject } from '../objects/plan.ts';
import { releaseObject } from '../objects/release.ts';
import { type KmipOperation, operation } from '../operation.ts';
import { disclosed, inOne, type KmipRequest, perform } from '../request.ts';

const SINCE = '3.0';

type CredentialType = ValueName<'CredentialType'>;

/** What a credential that can be made is brought as. */
type Brought =
  | { readonly by: 'password'; readonly password: Uint8Array }
  | { readonly by: 'certificate'; readonly brought: BroughtObject };

const passwordReader = read.structure(fields => {
  const password = fields.one('Password', read.textBytes);
  // Salts of clients would be of no use: what is kept of a password is hashed anew here.
  fields.refuseOthers();
  return password;
});

/** Total by type; undefined for those of which nothing would be proven here. */
const BROUGHT: Readonly<
  Record<CredentialType, ((payload: StructureReader, request: KmipRequest) => Brought) | undefined>
> = {
  Password: payload => ({ by: 'password', password: payload.one('PasswordCredential', passwordReader) }),
  Certificate: (payload, { version }) => ({
    by: 'certificate',
    brought: readBrought(payload, 'Certificate', version),
  }),
  UsernameAndPassword: undefined,
  Device: undefined,
  Attestation: undefined,
  OneTimePassword: undefined,
  HashedPassword: undefined,
  Ticket: undefined,
};

export const CREATE_CREDENTIAL = operation({
  since: SINCE,
  decode(payload, request) {
    const bring = BROUGHT[payload.one('CredentialType', read.enumeration('CredentialType'))];
    if (bring === undefined)
      throw refusal('featureNotSupported', 'Credentials are passwords and certificates here.');
    return { given: readAttributesOf(payload, request.version), made: bring(payload, request) };
  },

  async run(request, { given, made }) {
    if (made.by === 'certificate') {
      const plan = await planObject(request, 'Certificate', given, 'brought');
      return [created(request, 'CreateCredential', await importObject(request, made.brought, plan))];
    }
    const plan = await planObject(request, 'PasswordCredential', given, 'brought');
    const parts = { objectType: 'PasswordCredential', material: made.password } as const;
    return [created(request, 'CreateCredential', await keepObject(request, parts, plan))];
  },
});

export const CREATE_USER = keeping('CreateUser', async (request, plan) => {
  const [name, another] = plan.key.names ?? [];
  if (name === undefined || another !== undefined) throw refusal('invalidField', 'A user has one Name.');
  const links = instancesOf({ facet: plan.kept }, 'CredentialLink').map(({ item }) => item.text);
  return inOne(request, async together => {
    const { id: principal } = await perform(
      together,
      createPrincipal,
      { name: name.text, kind: 'user' },
      { alreadyExists: 'nameTakenAtCreation' },
    );
    for (const link of new Set(links)) {
      const object = await findObject(together, link);
      const credential = await grant(together, principal, object);
      const facet = facetOf({ principal, credential });
      await perform(together, updateKey, { key: selectorOf(object.key.id), facet });
    }
    return keepObject(together, { objectType: 'User', further: { principal } }, plan);
  });
});

export const CREATE_GROUP = keeping('CreateGroup', (request, plan) => {
  if ((plan.key.names ?? []).length === 0)
    throw refusal('invalidField', 'A group has a Name, by which its members lead to it.');
  return keepObject(request, { objectType: 'Group' }, plan);
});

function keeping(
  name: 'CreateUser' | 'CreateGroup',
  keep: (request: KmipRequest, plan: ObjectPlan) => Promise<string>,
): KmipOperation {
  return operation({
    since: SINCE,
    decode: (payload, { version }) => readAttributesOf(payload, version),
    async run(request, given) {
      const plan = await planObject(request, name === 'CreateUser' ? 'User' : 'Group', given, 'brought');
      return [created(request, name, await keep(request, plan))];
    },
  });
}

/** The password goes from one guard to another, and comes no further than here: nobody is shown it. */
const takePassword: typeof exportKey = {
  ...exportKey,
  demands: ({ key }) => [keyDemand('key.update', key)],
};

/** The principal proves itself by the credential from now on. Its id. Throws `illegalObjectType` for what is none, or somebody's already. */
async function grant(
  request: KmipRequest,
  principal: string,
  { key, facts, facet }: ManagedObject,
): Promise<string> {
  const { objectType } = facts;
  if (objectType !== 'PasswordCredential' && objectType !== 'Certificate')
    throw refusal('illegalObjectType', 'A Credential Link leads to a password or a certificate.');
  if (facet.principal !== undefined) throw refusal('illegalObjectType', 'A credential is of one user.');
  const selector = { key: selectorOf(key.id) };
  if (objectType === 'Certificate') {
    const { material } = await perform(request, visible(releaseObject), selector);
    const certificate = writePem('CERTIFICATE', disclosed(request, material));
    return (await perform(request, addCertificate, { principal, certificate })).id;
  }
  const { material } = await perform(request, visible(takePassword), selector);
  const password = request.secrets.use(material);
  return (await perform(request, setPassword, { principal, password })).id;
}
