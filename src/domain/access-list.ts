// The access list of a secret or of a container: who may read it whatever their roles, and whether the roles of its project are enough to
// reach it. Without a list they are. A list gives reading alone: changing and deleting need a role in any case.

export interface ListedPrincipal {
  /** Of any project: an id that nobody has, or has yet, gives nothing. */
  readonly id: string;
  /** As whoever wrote the list calls it. */
  readonly name: string;
}

export interface AccessList {
  /** Of a secret or of a container. */
  readonly objectId: string;
  /** False: closed to the project. Whoever made the object, who is listed, and who may reach what is closed still reach it. */
  readonly openToProject: boolean;
  /** By name; each id once. */
  readonly principals: readonly ListedPrincipal[];
  readonly createdAt: number;
  readonly updatedAt: number;
}
