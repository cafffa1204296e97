// Private keys as files of PKCS #12 (KMIP 1.4 section 4.11 and 9.1.3.2.3, 2.1 section 6.1.18): with the certificates that links lead to, under the password
// that another link leads to.

import type { Bytes } from '../../../base/bytes.ts';
import { SecretBytes } from '../../../base/secret-bytes.ts';
import { linkKeys } from '../../../core/operations/links/key-links.ts';
import { stateAt } from '../../../domain/key-state.ts';
import { make, read, StructureReader, type TtlvField, valueName } from '../../../wire/ttlv/index.ts';
import { heldValues } from '../attributes/held.ts';
import { type GivenValue, givenAs } from '../attributes/values.ts';
import { certificateObject } from '../certificates/sign.ts';
import { refusal } from '../faults.ts';
import type { BroughtObject } from '../objects/brought.ts';
import { findObject, selectorOf, visible } from '../objects/find.ts';
import { importObject } from '../objects/import-object.ts';
import { writeBlock } from '../objects/key-block.ts';
import { instancesOf, type ManagedObject } from '../objects/object.ts';
import { type ObjectPlan, planObject } from '../objects/plan.ts';
import { objectOf, releaseObject } from '../objects/release.ts';
import { disclosed, inOne, type KmipRequest, perform } from '../request.ts';
import { stateOfKey } from '../words.ts';
import { type Bundle, readBundle, writeBundle } from './file.ts';

type Linked = 'PKCS_12PasswordLink' | 'PKCS_12CertificateLink';

const PASSWORD = 0x01;
const CHAIN_MAX = 16;

/** What a link of that type leads to, of values of the attribute. */
function linkedBy(links: readonly GivenValue[], wanted: Linked): readonly string[] {
  return links.flatMap(({ item }) => {
    const fields = new StructureReader(item);
    const type = fields.one('LinkType', read.enumerationNumber);
    const to = fields.one('LinkedObjectIdentifier', read.item);
    return valueName('LinkType', type) === wanted && to.type === 'TextString' ? [to.text] : [];
  });
}

function linksOf(object: ManagedObject): readonly GivenValue[] {
  return heldValues(object, 'Link').map(({ field }) => givenAs('Link', field));
}

/** Throws `invalidField` where not one password is linked, and for a state in which nothing is opened with it. */
async function passwordOf(request: KmipRequest, links: readonly GivenValue[]): Promise<Bytes> {
  const [id, another] = linkedBy(links, 'PKCS_12PasswordLink');
  if (id === undefined || another !== undefined)
    throw refusal('invalidField', 'One PKCS#12 Password Link must lead to the password.');
  const { key, facts } = await findObject(request, id);
  const { objectType, secretDataType: kind } = facts;
  if (objectType !== 'SecretData' || kind !== PASSWORD)
    throw refusal('invalidField', 'The PKCS#12 Password Link must lead to a password.');
  if (stateOfKey({ ...key, state: stateAt(key, request.kms.clock.now()) }) !== 'Active')
    throw refusal('passwordNotActive');
  const { material } = await perform(request, visible(releaseObject), { key: selectorOf(id) });
  return disclosed(request, material);
}

/** The Private Key of an answer. `held`: its PrivateKeyInfo. Throws `keyFormatTypeNotSupported` for a key in another form. */
export async function writeAsBundle(request: KmipRequest, id: string, held: Bytes): Promise<TtlvField> {
  const object = await findObject(request, id);
  const { facts } = object;
  const isHeldSo = facts.heldFormat === undefined || facts.heldFormat === 'PKCS_8';
  if (facts.objectType !== 'PrivateKey' || !isHeldSo) throw refusal('keyFormatTypeNotSupported');
  const links = linksOf(object);
  const password = await passwordOf(request, links);
  const certificates = await chainFrom(request, links);
  const [name] = instancesOf(object, 'PKCS_12FriendlyName');
  const bundle = { privateKey: held, certificates, friendlyName: name?.item.text };
  const file = await writeBundle(bundle, password, request.kms.random);
  return make.structure('PrivateKey', [
    // What key it is, the file says itself; in 1.x it has the place of the Key Value.
    writeBlock(
      {},
      'PKCS_12',
      request.version < '2.0'
        ? make.byteString('KeyValue', file)
        : make.structure('KeyValue', [make.byteString('KeyMaterial', file)]),
    ),
  ]);
}

/** The certificate of the key, and those above it. */
async function chainFrom(request: KmipRequest, links: readonly GivenValue[]): Promise<readonly Bytes[]> {
  const certificates: Bytes[] = [];
  const seen = new Set<string>();
  let [next] = linkedBy(links, 'PKCS_12CertificateLink');
  while (next !== undefined && !seen.has(next) && seen.size < CHAIN_MAX) {
    seen.add(next);
    const { of, material, facet } = await perform(request, visible(releaseObject), { key: selectorOf(next) });
    if (objectOf({ ...of, facet }).facts.objectType !== 'Certificate')
      throw refusal('invalidField', 'A PKCS#12 Certificate Link must lead to a certificate.');
    certificates.push(disclosed(request, material));
    [next] = linkedBy(linksOf(await findObject(request, next)), 'PKCS_12CertificateLink');
  }
  return certificates;
}

/** The key becomes an object as if it had come alone, and each certificate one of its own, linked in a row. The id of the key. */
export async function importBundle(
  request: KmipRequest,
  { objectType, block }: BroughtObject,
  given: readonly GivenValue[],
): Promise<string> {
  if (objectType !== 'PrivateKey' || !(block.material instanceof Uint8Array))
    throw refusal('keyFormatTypeNotSupported');
  const links = given.filter(({ name }) => name === 'Link');
  const bundle = await readBundle(block.material, await passwordOf(request, links));
  const privateKey = disclosed(request, SecretBytes.own(bundle.privateKey));
  const key: BroughtObject = {
    objectType,
    facts: {},
    block: { ...block, format: 'PKCS_8', material: privateKey },
  };
  const isNamed = given.some(({ name }) => name === 'PKCS_12FriendlyName');
  const name = isNamed || bundle.friendlyName === undefined ? [] : [friendlyName(bundle.friendlyName)];
  const plan = await planObject(request, objectType, [...given, ...name], 'brought');
  return inOne(request, together => importAll(together, key, plan, bundle));
}

function friendlyName(text: string): GivenValue {
  return givenAs('PKCS_12FriendlyName', make.textString('PKCS_12FriendlyName', text));
}

async function importAll(
  request: KmipRequest,
  key: BroughtObject,
  ofKey: ObjectPlan,
  { certificates, friendlyName: text }: Pick<Bundle, 'certificates' | 'friendlyName'>,
): Promise<string> {
  const keyId = await importObject(request, key, ofKey);
  let before = keyId;
  for (const certificate of certificates) {
    // That of the key itself is called as the key.
    const named = before === keyId && text !== undefined ? [friendlyName(text)] : [];
    const plan = await planObject(request, 'Certificate', named, 'brought');
    const id = await importObject(request, certificateObject(certificate), plan);
    await perform(request, linkKeys, {
      key: selectorOf(before),
      type: 'bundleCertificate',
      to: selectorOf(id),
    });
    before = id;
  }
  return keyId;
}
