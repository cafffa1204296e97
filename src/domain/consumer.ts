// A consumer says that a resource of another service uses a secret or a container. Unlike a registration (domain/registration.ts) it stands
// at what a client has described, with or without a key, and prevents nothing.

export interface Consumer {
  /** Of a secret or of a container. */
  readonly objectId: string;
  /** The project from which it was said; it alone takes it back. */
  readonly projectId: string;
  readonly service: string;
  /** Empty where the protocol has no word for it. */
  readonly resourceType: string;
  readonly resource: string;
  readonly createdAt: number;
}
