// The authority of a project: the private key with the Name `certificate-authority`, and the certificate that it is linked to. Where there is none it
// is made at the first certificate; whoever wants another one gives the Name to a key of his own, linked to its certificate. A client that is
// confined to a key ring has names of its own, and so the authority of its ring.

import { decodeHex, hex } from '../../../base/bytes.ts';
import { readPublicKey } from '../../../core/operations/crypto/read-public-key.ts';
import { createKeyPair } from '../../../core/operations/keys/public-keys.ts';
import { linkKeys } from '../../../core/operations/links/key-links.ts';
import { KmsError } from '../../../domain/errors.ts';
import { writeDer } from '../../../wire/der/index.ts';
import { type BitName, make, read, StructureReader } from '../../../wire/ttlv/index.ts';
import { basicConstraints, keyUsage } from '../../../wire/x509/extensions.ts';
import { writeName } from '../../../wire/x509/names.ts';
import { nameField } from '../attributes/plain-forms.ts';
import { givenAs } from '../attributes/values.ts';
import { refusal } from '../faults.ts';
import { findNamed, findObject, selectorOf } from '../objects/find.ts';
import { importObject } from '../objects/import-object.ts';
import { newPair } from '../objects/new-pair.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import { type ObjectPlan, planOwn } from '../objects/plan.ts';
import { inOne, type KmipRequest, perform } from '../request.ts';
import { secondsOf } from '../words.ts';
import { certificateObject, keyIdentifierOf, SIGNING, type Signer, signCertificate } from './sign.ts';

const AUTHORITY_NAME = 'certificate-authority';

/** A member of the facet of the certificate. */
const KEY_IDENTIFIER = 'subjectKeyIdentifier';
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 10 * 365;
const AUTHORITY_BITS = 3_072;

/** Throws `illegalOperation` for an authority that cannot sign, or whose certificate is not linked. */
export async function authorityOf(request: KmipRequest): Promise<Signer> {
  const found = (await findNamed(request, AUTHORITY_NAME)) ?? (await makeAuthority(request));
  const certificateId = found.links.find(({ type }) => type === 'certificate')?.toKeyId;
  const signing = SIGNING[found.key.algorithm];
  if (signing === undefined || certificateId === undefined)
    throw refusal('illegalOperation', 'The authority of the project lacks a certificate, or cannot sign.');
  const certificate = await findObject(request, certificateId);
  const [subject] = instancesOf(certificate, 'X_509CertificateSubject');
  if (subject === undefined)
    throw refusal('illegalOperation', 'The certificate of the authority cannot be read.');
  const identifier = certificate.facet[KEY_IDENTIFIER];
  return {
    keyId: found.key.id,
    signing,
    subject: new StructureReader(subject.item).one('SubjectDistinguishedName', read.byteString),
    keyIdentifier: typeof identifier === 'string' ? decodeHex(identifier) : undefined,
  };
}

/** Of two clients that come first at once, one makes it, and the other one finds it. */
async function makeAuthority(request: KmipRequest): Promise<ManagedObject> {
  const at = request.kms.clock.now();
  try {
    const id = await inOne(request, together => makeTogether(together, at));
    return await findObject(request, id);
  } catch (thrown) {
    const isTaken = thrown instanceof KmsError && thrown.code === 'alreadyExists';
    const made = isTaken ? await findNamed(request, AUTHORITY_NAME) : undefined;
    if (made === undefined) throw thrown;
    return made;
  }
}

/** The id of its private key, which never leaves. */
async function makeTogether(request: KmipRequest, at: number): Promise<string> {
  const named = [givenAs('Name', nameField(AUTHORITY_NAME))];
  const kept = [
    givenAs('Sensitive', make.boolean('Sensitive', true)),
    givenAs('Extractable', make.boolean('Extractable', false)),
  ];
  // Not for whatever else a client wants to have signed: that might be the certificate of an authority.
  const ofPrivate = planHalf(request, at, ['CertificateSign'], [...named, ...kept]);
  const pair = newPair(request, { plan: ofPrivate }, { plan: planHalf(request, at, ['Verify'], []) });
  const { privateKey, publicKey } = await perform(request, createKeyPair, pair);
  const [keyId, publicKeyId] = [privateKey.key.id, publicKey.key.id];
  const { publicKey: encoded } = await perform(request, readPublicKey, { key: selectorOf(publicKeyId) });
  const subject = writeDer(
    writeName([
      ['O', 'Keyhold'],
      ['CN', `Certificate authority of ${realmOf(request)}`],
    ]),
  );
  const keyIdentifier = keyIdentifierOf(encoded);
  const signing = SIGNING[privateKey.key.algorithm];
  if (signing === undefined) throw refusal('generalFailure');
  const certificate = await signCertificate(
    request,
    { keyId, signing, subject, keyIdentifier },
    {
      serialNumber: Uint8Array.of(1),
      subject,
      publicKey: encoded,
      notBefore: at,
      notAfter: at + AUTHORITY_DAYS * DAY_MS,
      extensions: [basicConstraints(0), keyUsage('keyCertSign', 'cRLSign')],
    },
  );
  const plan = planOwn(request, []);
  const certificateId = await importObject(request, certificateObject(certificate), {
    ...plan,
    kept: { ...plan.kept, [KEY_IDENTIFIER]: hex(keyIdentifier) },
  });
  const to = selectorOf(certificateId);
  await perform(request, linkKeys, {
    key: selectorOf(publicKeyId),
    type: 'certificate',
    to,
    mutual: true,
  });
  await perform(request, linkKeys, { key: selectorOf(keyId), type: 'certificate', to });
  return keyId;
}

/** Whoever is confined to a ring vouches for nobody outside it, and no two authorities have one name (RFC 5280 section 4.1.2.4). */
function realmOf({ context: { actor, projectId } }: KmipRequest): string {
  const ring = actor.type === 'principal' ? actor.principal.keyRingId : undefined;
  return ring === undefined ? `project ${projectId}` : `key ring ${ring}`;
}

function planHalf(
  request: KmipRequest,
  at: number,
  usages: readonly BitName<'CryptographicUsageMask'>[],
  others: readonly ReturnType<typeof givenAs>[],
): ObjectPlan {
  return planOwn(request, [
    givenAs('CryptographicAlgorithm', make.enumeration('CryptographicAlgorithm', 'RSA')),
    givenAs('CryptographicLength', make.integer('CryptographicLength', AUTHORITY_BITS)),
    givenAs('CryptographicUsageMask', make.mask('CryptographicUsageMask', usages)),
    givenAs('ActivationDate', make.dateTime('ActivationDate', secondsOf(at))),
    ...others,
  ]);
}
