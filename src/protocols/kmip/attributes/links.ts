// The attribute Link (KMIP 1.4 section 3.35, 2.1 section 4.28): what the core knows of two keys, and what clients have said besides.

import { unlinkKeys } from '../../../core/operations/links/key-links.ts';
import type { KeyLink, LinkType } from '../../../domain/key-link.ts';
import { make, type TtlvField, type ValueName } from '../../../wire/ttlv/index.ts';
import { selectorOf } from '../objects/find.ts';
import type { ManagedObject } from '../objects/object.ts';
import { type KmipRequest, perform } from '../request.ts';
import { isSameField } from './values.ts';

type KmipLinkType = ValueName<'LinkType'>;

/** Total by type; undefined where KMIP has no word. */
const LINK_NAMES: Readonly<Record<LinkType, KmipLinkType | undefined>> = {
  publicKey: 'PublicKeyLink',
  privateKey: 'PrivateKeyLink',
  derivedFrom: 'DerivationBaseObjectLink',
  derivedInto: 'DerivedKeyLink',
  replacedBy: 'ReplacementObjectLink',
  replaces: 'ReplacedObjectLink',
  certificate: 'CertificateLink',
  certifies: 'PublicKeyLink',
  wrappedBy: 'WrappingKeyLink',
  wraps: undefined,
  parent: 'ParentLink',
  child: 'ChildLink',
  previous: 'PreviousLink',
  next: 'NextLink',
  bundleCertificate: 'PKCS_12CertificateLink',
  bundlePassword: 'PKCS_12PasswordLink',
};

/** What the core says of the object, as values of the attribute. */
export function linksOfCore({ links }: Pick<ManagedObject, 'links'>): readonly TtlvField[] {
  return links.flatMap(link => linkField(link) ?? []);
}

function linkField({ type, toKeyId }: KeyLink): TtlvField | undefined {
  return make.ifPresent(LINK_NAMES[type], name =>
    make.structure('Link', [
      make.enumeration('LinkType', name),
      make.textString('LinkedObjectIdentifier', toKeyId),
    ]),
  );
}

/** Whether it is the core that says so. */
export function isLinkOfCore(object: Pick<ManagedObject, 'links'>, field: TtlvField): boolean {
  return linksOfCore(object).some(own => isSameField(own, field));
}

/** Takes one away that the core knows; it stays at the other end, which has an attribute of its own. */
export async function unlink(request: KmipRequest, object: ManagedObject, field: TtlvField): Promise<void> {
  const link = object.links.find(each => {
    const own = linkField(each);
    return own !== undefined && isSameField(own, field);
  });
  if (link === undefined) return;
  const { fromKeyId, type, toKeyId } = link;
  await perform(request, unlinkKeys, { key: selectorOf(fromKeyId), type, to: selectorOf(toKeyId) });
}
