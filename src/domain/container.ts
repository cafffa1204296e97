// A container is a named set of secrets of one project. It holds nothing by itself: a secret that is deleted leaves its containers, and
// a container that is deleted leaves its secrets.

export const CONTAINER_TYPES = {
  generic: 'secrets under any names',
  rsa: 'an RSA pair, and the passphrase of its private key',
  certificate: 'a certificate with what belongs to it',
} as const satisfies Record<string, string>;

export type ContainerType = keyof typeof CONTAINER_TYPES;

interface MemberNames {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** The names under which secrets stand in a container of a fixed form. */
export const MEMBER_NAMES: Readonly<Record<Exclude<ContainerType, 'generic'>, MemberNames>> = {
  rsa: { required: ['public_key', 'private_key'], optional: ['private_key_passphrase'] },
  certificate: {
    required: ['certificate'],
    optional: ['private_key', 'private_key_passphrase', 'intermediates'],
  },
};

export interface ContainedSecret {
  readonly name?: string | undefined;
  readonly secretId: string;
}

export interface Container {
  readonly id: string;
  readonly projectId: string;
  readonly type: ContainerType;
  readonly name?: string | undefined;
  /** In the order in which they came. */
  readonly secrets: readonly ContainedSecret[];
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}
