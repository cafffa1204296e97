// Clients that an authority of somebody else has certified: a certificate that TLS has verified against it names a service account of one project.
// Nothing is stored of them; who is disabled, or on the authority's list of revoked certificates, proves nothing. What was proven counts until
// that list, or the authority, is another one: then it is to be proven again, in a new handshake.

import type { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Kms } from '../core/kms.ts';
import type { Proof } from '../core/ports/identity.ts';
import type { PeerProof } from '../protocols/kmip/index.ts';
import type { KmipSettings } from './settings.ts';

type Settings = NonNullable<KmipSettings['clientAuthority']>;

/** What TLS verifies clients by. */
interface Verification {
  readonly ca: string;
  readonly crl?: string;
}

export class ClientAuthority {
  readonly #settings: Settings;
  #verification: Verification;
  #seen: string;
  /** Which reading of the files it is. */
  #reading = 0;

  /** Throws where the files cannot be read. */
  constructor(settings: Settings) {
    this.#settings = settings;
    this.#seen = this.#look();
    this.#verification = this.#read();
  }

  get verification(): Verification {
    return this.#verification;
  }

  /**
   * Whether the files say something else than they did, which is then what counts. Cheap where nobody has touched them. Throws where they
   * cannot be read, once.
   */
  hasChanged(): boolean {
    const seen = this.#lookOnce();
    if (seen === this.#seen || seen === GONE) return false;
    this.#seen = seen;
    const { ca, crl } = this.#read();
    if (ca === this.#verification.ca && crl === this.#verification.crl) return false;
    this.#verification = crl === undefined ? { ca } : { ca, crl };
    this.#reading += 1;
    return true;
  }

  /** Of a certificate that TLS has verified. Undefined where it is over, or names nobody, or more than one. */
  async prove(
    kms: Pick<Kms, 'store' | 'clock'>,
    certificate: X509Certificate,
  ): Promise<PeerProof | undefined> {
    const proof = await this.#named(kms, certificate, kms.clock.now());
    if (proof === undefined) return undefined;
    const reading = this.#reading;
    const again = async (at: number): Promise<Proof | undefined> => {
      const now = reading === this.#reading ? await this.#named(kms, certificate, at) : undefined;
      return now?.principal.id === proof.principal.id ? now : undefined;
    };
    return { ...proof, again };
  }

  async #named(
    { store }: Pick<Kms, 'store'>,
    certificate: X509Certificate,
    at: number,
  ): Promise<Proof | undefined> {
    if (certificate.validToDate.getTime() <= at) return undefined;
    const project = await store.projects.findByName(this.#settings.project);
    if (project?.enabled !== true) return undefined;
    const named = await Promise.all(
      namesOf(certificate.subject, certificate.subjectAltName).map(text =>
        store.principals.findByName(project.id, text),
      ),
    );
    const principals = new Map(
      named.filter(each => each !== undefined).map(principal => [principal.id, principal]),
    );
    const [principal, another] = [...principals.values()];
    if (principal === undefined || another !== undefined) return undefined;
    // People have other proofs, and an authority for machines is no reason to believe in them.
    if (!principal.enabled || principal.kind !== 'serviceAccount') return undefined;
    return { principal, credentialId: `certificate ${certificate.fingerprint256}` };
  }

  #read(): Verification {
    const { caFile, crlFile } = this.#settings;
    const ca = readFileSync(caFile, 'utf8');
    return crlFile === undefined ? { ca } : { ca, crl: readFileSync(crlFile, 'utf8') };
  }

  #lookOnce(): string {
    try {
      return this.#look();
    } catch (error) {
      if (this.#seen === GONE) return GONE;
      this.#seen = GONE;
      throw error;
    }
  }

  #look(): string {
    const { caFile, crlFile } = this.#settings;
    return [caFile, crlFile ?? caFile]
      .map(file => {
        const { mtimeMs, size, ino } = statSync(file);
        return `${mtimeMs} ${size} ${ino}`;
      })
      .join();
  }
}

/** How files look that are not there. */
const GONE = '';
const NAMES_MAX = 32;

/**
 * The common name, and the names of hosts, mailboxes and resources (RFC 5280 section 4.2.1.6). Quoted ones, which hold a separator, are none
 * here.
 */
function namesOf(subject: string | undefined, alternatives: string | undefined): readonly string[] {
  const common = (subject ?? '').split('\n').flatMap(line => /^CN=(.+)$/.exec(line)?.[1] ?? []);
  const others = (alternatives ?? '')
    .split(', ')
    .flatMap(each => /^(?:DNS|email|URI):([^"]+)$/.exec(each)?.[1] ?? []);
  return [...new Set([...common, ...others])].slice(0, NAMES_MAX);
}
