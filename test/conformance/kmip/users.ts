// The users of the published cases. A password here is an API key: the first password that a case gives with a name stands for the one that was
// issued to the principal of that name, and any other one stays as it is.

import type { Role } from '../../../src/domain/permission.ts';
import type { XmlElement } from '../../../src/wire/ttlv/xml-document.ts';
import { ARRAY_ROLES, type KmipClient, type KmipSubject } from './support.ts';

/** Whom the case describes as one that may do nothing to what others have made, or may do more. */
const ROLES: Readonly<Record<string, readonly Role[]>> = {
  Barney: [],
  // Makes users.
  administrator: ['admin', 'exporter'],
};

export class Users {
  readonly #passwords = new Map<string, { readonly printed: string; readonly apiKey: string }>();
  readonly #subject: KmipSubject;
  readonly #client: KmipClient;

  constructor(subject: KmipSubject, client: KmipClient) {
    this.#subject = subject;
    this.#client = client;
  }

  /** The request with the API keys of those whom it names. */
  async replace(element: XmlElement): Promise<XmlElement> {
    if (element.name === 'CredentialValue') return this.#replaceIn(element);
    const children: XmlElement[] = [];
    for (const child of element.children) children.push(await this.replace(child));
    return { ...element, children };
  }

  async #replaceIn(credential: XmlElement): Promise<XmlElement> {
    const value = (name: string) =>
      credential.children.find(child => child.name === name)?.attributes.get('value') ?? '';
    const name = value('Username') || value('DeviceSerialNumber');
    if (name === '') return credential;
    const printed = value('Password');
    const known = this.#passwords.get(name) ?? { printed, apiKey: await this.#add(name) };
    this.#passwords.set(name, known);
    return {
      ...credential,
      children: credential.children.map(child =>
        child.name === 'Password' && printed === known.printed
          ? { ...child, attributes: new Map([...child.attributes, ['value', known.apiKey]]) }
          : child,
      ),
    };
  }

  #add(name: string): Promise<string> {
    return this.#subject.addUser(this.#client.projectId, name, ROLES[name] ?? ARRAY_ROLES);
  }
}
