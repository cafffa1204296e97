// A bounded number of places that all projects share: none may take so many that nothing is left for another.

/** Whether a project may have one more: as long as it holds no more than are free. The first to come has half of them at the most. */
export function hasRoom(
  held: Iterable<{ readonly projectId: string | undefined }>,
  projectId: string | undefined,
  places: number,
): boolean {
  let free = places;
  let own = 0;
  for (const each of held) {
    free -= 1;
    if (each.projectId === projectId) own += 1;
  }
  return own < free;
}
