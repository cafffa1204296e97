// The access list of a secret or of a container: who may read it whatever their roles, and whether the roles of its project are enough to
// reach it. Without a list they are. A list gives reading alone: changing and deleting need a role in any case.

export interface AccessList {
  /** Of a secret or of a container. */
  readonly objectId: string;
  /** False: closed to the project. Whoever made the object, who is listed, and who may reach what is closed still reach it. */
  readonly openToProject: boolean;
  /** Ids of principals, of any project: ids that nobody has, or has yet, give nothing. */
  readonly principals: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}
