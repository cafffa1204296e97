// A registration says that a resource outside depends on a key: who asks what a destruction would break finds it here, and one that
// prevents destruction is obeyed. It holds nothing secret and gives no access.

export interface Registration {
  readonly projectId: string;
  readonly keyId: string;
  /** What the resource is called where it lives, such as a cloud resource name. Unique for the key. */
  readonly resource: string;
  /** While it is there, no user destroys the key. */
  readonly preventsDestruction: boolean;
  readonly description: string;
  /** A text of the service that registered: kept and given back, never read. */
  readonly metadata: string;
  /** The version of the key that the resource uses. */
  readonly keyVersion: number;
  /** Id of a principal, or the name of a part of the server. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedBy: string;
  readonly updatedAt: number;
  readonly revision: number;
}
