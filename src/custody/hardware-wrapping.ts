// Material that is wrapped by a key in a token before it is wrapped as all material is: docs/formats/wrapped-material.md. Nothing of it is
// kept open here, so that a token that is away takes effect at once.

import { assert, must } from '../base/assert.ts';
import { type Bytes, wipe } from '../base/bytes.ts';
import { revealSecretBytes, SecretBytes } from '../base/secret-bytes.ts';
import type { Random } from '../core/ports/clock.ts';
import type { MaterialBinding, StoredVersion } from '../core/ports/custody.ts';
import { readMessageHeader } from '../crypto/message.ts';
import { KmsError } from '../domain/errors.ts';
import { HARDWARE_WRAPPING_KEY, type KeyVersion } from '../domain/key.ts';
import type { Wrapping } from './material-wrapping.ts';
import { HardwareKeyHandle } from './pkcs11/hardware-handle.ts';
import type { HardwareKeys } from './pkcs11/hardware-keys.ts';
import type { CustodyStore } from './root-keys.ts';
import { bindingContext, doesNotUnwrap } from './wrapping.ts';

export interface HardwareWrappingOptions {
  readonly wrapping: Wrapping;
  /** Undefined: no token is configured. */
  readonly hardware: HardwareKeys | undefined;
  readonly store: Pick<CustodyStore, 'names' | 'keys'>;
  readonly random: Random;
}

export class HardwareWrapping implements Wrapping {
  readonly #options: HardwareWrappingOptions;

  constructor(options: HardwareWrappingOptions) {
    this.#options = options;
  }

  /** Throws `unsupported` where there is no token, `sealed` while it is away. */
  async wrap(binding: MaterialBinding, material: SecretBytes): Promise<Bytes> {
    const { wrapping, hardware } = this.#options;
    if (!binding.hardwareWrapped) return wrapping.wrap(binding, material);
    if (hardware === undefined) throw new KmsError('unsupported', NO_TOKEN);
    using handle = await this.#open(hardware, await this.#current(binding));
    const plaintext = revealSecretBytes(material);
    using message = SecretBytes.own(
      Uint8Array.from(await handle.sealMessage({ plaintext, context: bindingContext(binding) })),
    );
    return await wrapping.wrap(binding, message);
  }

  /** Throws `sealed` where the token is away or is configured no more, and BrokenInvariant for material that was damaged or moved. */
  async unwrap(binding: MaterialBinding, version: Pick<KeyVersion, 'wrapped'>): Promise<SecretBytes> {
    const { wrapping, hardware } = this.#options;
    if (!binding.hardwareWrapped) return wrapping.unwrap(binding, version);
    if (hardware === undefined) throw new KmsError('sealed', `${NO_TOKEN} ${WRAPPED_BY_ONE}`);
    using message = await wrapping.unwrap(binding, version);
    const ciphertext = Uint8Array.from(revealSecretBytes(message));
    using handle = await this.#open(hardware, await this.#named(binding, ciphertext));
    try {
      return await handle.openMessage({ ciphertext, context: bindingContext(binding) });
    } finally {
      wipe(ciphertext);
    }
  }

  async #open(hardware: HardwareKeys, { key, version }: StoredVersion): Promise<HardwareKeyHandle> {
    return new HardwareKeyHandle(await hardware.open(key, version), this.#options.random);
  }

  async #current({ projectId }: MaterialBinding): Promise<StoredVersion> {
    const { names, keys } = this.#options.store;
    const name = await names.find(HARDWARE_WRAPPING_KEY.namespace, projectId, HARDWARE_WRAPPING_KEY.text);
    const found = name && (await keys.findWithVersion(name.keyId));
    return this.#checked(must(found, 'a hardware wrapping key is there before it wraps'), projectId);
  }

  async #named({ projectId, keyId, version }: MaterialBinding, message: Bytes): Promise<StoredVersion> {
    const header = readMessageHeader(message);
    const found = header && (await this.#options.store.keys.findWithVersion(header.keyId, header.version));
    if (found === undefined) throw doesNotUnwrap(`the material of key ${keyId} version ${version}`);
    return this.#checked(found, projectId);
  }

  #checked(found: StoredVersion, projectId: string): StoredVersion {
    const { key } = found;
    assert(
      key.projectId === projectId &&
        key.protection === 'hsm' &&
        key.serviceOwner === HARDWARE_WRAPPING_KEY.owner,
      'material is wrapped in hardware by the wrapping key of its project',
    );
    return found;
  }
}

const NO_TOKEN = 'There is no token: none is configured.';
const WRAPPED_BY_ONE =
  'The material is wrapped by a key in one. Name it again by --pkcs11-library and --pkcs11-label.';
