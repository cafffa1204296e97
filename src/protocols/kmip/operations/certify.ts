// Certify and Re-certify: a certificate of the project's authority for a public key (KMIP 1.4 section 4.7 and 4.8, 2.1 section 6.1.6 and 6.1.45).

import { type Bytes, equalBytes } from '../../../base/bytes.ts';
import { readPublicKey } from '../../../core/operations/crypto/read-public-key.ts';
import { updateKey } from '../../../core/operations/keys/update-key.ts';
import { linkKeys, unlinkKeys } from '../../../core/operations/links/key-links.ts';
import { updateName } from '../../../core/operations/names/names.ts';
import type { FacetDocument } from '../../../domain/facet.ts';
import { writeDer } from '../../../wire/der/index.ts';
import { make, maskOf, read, type StructureReader, valueName } from '../../../wire/ttlv/index.ts';
import { basicConstraints, keyUsage } from '../../../wire/x509/extensions.ts';
import { writeName } from '../../../wire/x509/names.ts';
import { type GivenValue, readAttributesOf } from '../attributes/values.ts';
import { type AskedCertificate, readAskedCertificate, takeSubject } from '../certificates/asked.ts';
import { authorityOf } from '../certificates/authority.ts';
import {
  certificateObject,
  type NewCertificate,
  type Signer,
  signCertificate,
} from '../certificates/sign.ts';
import { refusal } from '../faults.ts';
import { created, identifierOf, readIdentifier } from '../identifier.ts';
import { namespaceOf } from '../names.ts';
import { attributeToKeep, facetOf, proven } from '../objects/facet.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { importObject } from '../objects/import-object.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import { type ObjectPlan, planObject } from '../objects/plan.ts';
import { releaseObject } from '../objects/release.ts';
import { planReplacement, readOffset } from '../objects/replacement.ts';
import { readStorageMasks } from '../objects/storage.ts';
import { requirePresent } from '../objects/write-object.ts';
import { operation } from '../operation.ts';
import { disclosed, inOne, type KmipRequest, perform } from '../request.ts';
import { secondsOf } from '../words.ts';

const DAY_MS = 86_400_000;
/** Where no Deactivation Date says otherwise. */
const VALID_DAYS = 365;
const SERIAL_BYTES = 16;

interface Input {
  /** Undefined: the request alone says what is certified. */
  readonly id: string | undefined;
  readonly asked: AskedCertificate;
  readonly given: readonly GivenValue[];
}

function readInput(payload: StructureReader, request: KmipRequest): Input {
  const type = payload.optional('CertificateRequestType', read.enumeration('CertificateRequestType'));
  const isNew = request.version >= '2.0';
  const value = isNew
    ? payload.optional('CertificateRequestValue', read.byteString)
    : payload.optional('CertificateRequest', read.byteString);
  if (value !== undefined && type === undefined)
    throw refusal('missingData', 'Certificate Request Type is required with a request.');
  const brought = value === undefined || type === undefined ? undefined : readAskedCertificate(type, value);
  const { subject, others } = takeSubject(readAttributesOf(payload, request.version));
  readStorageMasks(payload);
  const asked = {
    subject: brought?.subject ?? subject,
    publicKey: brought?.publicKey,
    extensions: brought?.extensions ?? [],
  };
  const isOfRequest =
    value !== undefined && !payload.has('UniqueIdentifier') && request.memory.placeholder === undefined;
  return { id: isOfRequest ? undefined : readIdentifier(payload, request), asked, given: others };
}

export const CERTIFY = operation({
  decode: readInput,
  async run(request, { id, asked, given }) {
    const object = id === undefined ? undefined : await findObject(request, id);
    const isRequest = object?.facts.objectType === 'CertificateRequest';
    const wish = isRequest ? await askedBy(request, object) : asked;
    const publicKey = isRequest ? undefined : object;
    const signer = await authorityOf(request);
    const plan = await planObject(request, 'Certificate', given, 'brought');
    const parts = await partsOf(request, { publicKey, asked: wish, plan });
    const certificateId = await inOne(request, async together => {
      const made = await importCertificate(together, signer, parts, plan);
      await certifyKey(together, publicKey, made);
      return made;
    });
    return [created(request, 'Certify', certificateId)];
  },
});

export const RE_CERTIFY = operation({
  decode(payload, request) {
    const offset = readOffset(payload);
    const requestItem =
      request.version < '2.0' ? undefined : payload.optional('CertificateRequestUniqueIdentifier', read.item);
    const input = readInput(payload, request);
    if (requestItem !== undefined && input.asked.publicKey !== undefined)
      throw refusal('invalidField', 'A request is named, or brought.');
    return { offset, requestId: requestItem && identifierOf(requestItem, request), ...input };
  },

  async run(request, { id, asked: brought, given, offset, requestId }) {
    if (id === undefined) throw refusal('emptyPlaceholder');
    const old = await findObject(request, id);
    if (old.facts.objectType !== 'Certificate') throw refusal('unfitObject');
    const keyId = old.links.find(({ type }) => type === 'certifies')?.toKeyId;
    const publicKey = keyId === undefined ? undefined : await findObject(request, keyId);
    const asked =
      requestId === undefined ? brought : await askedBy(request, await findObject(request, requestId));
    const signer = await authorityOf(request);
    const { plan, kept } = await planReplacement(request, old, given, offset);
    const parts = await partsOf(request, { publicKey, asked, plan });
    const { context } = request;
    const certificateId = await inOne(request, async together => {
      const made = await importCertificate(together, signer, parts, {
        ...plan,
        kept: { ...kept, ...ownNamesFirst(plan, old) },
      });
      const [before, to] = [selectorOf(id), selectorOf(made)];
      if (publicKey !== undefined) {
        const of = selectorOf(publicKey.key.id);
        await perform(together, unlinkKeys, { key: of, type: 'certificate', to: before });
      }
      await certifyKey(together, publicKey, made);
      await perform(together, linkKeys, { key: before, type: 'replacedBy', to, mutual: true });
      for (const { text } of old.names)
        await perform(together, updateName, { key: to, namespace: namespaceOf(context), text });
      const facet = facetOf({ Name: null, ...proven('changedByCredential', context) });
      await perform(together, updateKey, { key: before, facet });
      return made;
    });
    return [created(request, 'ReCertify', certificateId)];
  },
});

/** The names of the request come before those that go over. */
function ownNamesFirst({ kept }: ObjectPlan, old: ManagedObject): FacetDocument {
  const names = [...instancesOf({ facet: kept }, 'Name'), ...instancesOf(old, 'Name')];
  return attributeToKeep(
    'Name',
    names.map(({ item }, index) => ({ index, field: make.copy(item) })),
  );
}

interface Wanted {
  readonly publicKey: ManagedObject | undefined;
  readonly asked: AskedCertificate;
  readonly plan: ObjectPlan;
}

/** Throws `unfitObject` for what is no public key, and `invalidCsr` for a request of another one. */
async function partsOf(request: KmipRequest, { publicKey, asked, plan }: Wanted): Promise<NewCertificate> {
  const { kms } = request;
  const known = publicKey === undefined ? undefined : await encodedKey(request, publicKey);
  const encoded = known ?? asked.publicKey;
  if (encoded === undefined) throw refusal('missingData', 'Neither a public key nor a request is given.');
  if (asked.publicKey !== undefined && !equalBytes(asked.publicKey, encoded))
    throw refusal('invalidCsr', 'The certificate request is of another key.');
  const name = publicKey?.names[0]?.text ?? publicKey?.key.id ?? 'unnamed';
  const at = kms.clock.now();
  const { deactivateAt = at + VALID_DAYS * DAY_MS } = plan.key;
  if (deactivateAt <= at) throw refusal('invalidField', 'A certificate ends in the future.');
  const serialNumber = kms.random.bytes(SERIAL_BYTES);
  // RFC 5280 section 4.1.2.2: positive, and never zero.
  serialNumber[0] = ((serialNumber[0] ?? 0) & 0x7f) | 0x40;
  return {
    serialNumber,
    subject: asked.subject ?? writeDer(writeName([['CN', name]])),
    publicKey: encoded,
    notBefore: at,
    notAfter: deactivateAt,
    extensions: [
      basicConstraints(undefined),
      ...usageExtensions(publicKey?.facts.usageMask),
      ...asked.extensions,
    ],
  };
}

async function encodedKey(request: KmipRequest, { facts, key }: ManagedObject): Promise<Bytes> {
  if (facts.objectType !== 'PublicKey') throw refusal('unfitObject');
  requirePresent({ facts });
  return (await perform(request, visible(readPublicKey), { key: selectorOf(key.id) })).publicKey;
}

/** What a request that is an object asks for. */
async function askedBy(request: KmipRequest, { facts, key }: ManagedObject): Promise<AskedCertificate> {
  const type = valueName('CertificateRequestType', facts.certificateRequestType ?? 0);
  if (type === undefined) throw refusal('unfitObject');
  const { material } = await perform(request, visible(releaseObject), { key: selectorOf(key.id) });
  return readAskedCertificate(type, disclosed(request, material));
}

/** What the certified key is for; of a key that says nothing, the certificate says nothing. */
function usageExtensions(mask: number | undefined): readonly ReturnType<typeof keyUsage>[] {
  const has = (...bits: readonly ('Verify' | 'Encrypt' | 'WrapKey')[]): boolean =>
    ((mask ?? 0) & maskOf('CryptographicUsageMask', bits)) !== 0;
  const usages = [
    ...(has('Verify') ? (['digitalSignature'] as const) : []),
    ...(has('Encrypt', 'WrapKey') ? (['keyEncipherment'] as const) : []),
  ];
  return usages.length === 0 ? [] : [keyUsage(...usages)];
}

async function importCertificate(
  request: KmipRequest,
  signer: Signer,
  parts: NewCertificate,
  plan: ObjectPlan,
): Promise<string> {
  const certificate: Bytes = await signCertificate(request, signer, parts);
  const field = make.dateTime('OriginalCreationDate', secondsOf(request.kms.clock.now()));
  const created = attributeToKeep('OriginalCreationDate', [{ index: 0, field }]);
  return importObject(request, certificateObject(certificate), {
    ...plan,
    kept: { ...created, ...plan.kept },
  });
}

async function certifyKey(
  request: KmipRequest,
  publicKey: ManagedObject | undefined,
  certificateId: string,
): Promise<void> {
  if (publicKey === undefined) return;
  const { key } = publicKey;
  const to = selectorOf(certificateId);
  await perform(request, linkKeys, { key: selectorOf(key.id), type: 'certificate', to, mutual: true });
}
