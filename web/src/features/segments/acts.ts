// What can be done to a segment from where it is listed, and the way back.

import {
  archiveSegment,
  ask,
  deleteSegment,
  duplicateSegment,
  getSegment,
  restoreSegment,
  type SavedSegment,
} from "@/api";
import { queries } from "@/api/queries";
import { tell } from "@/ui/toasts";
import { words } from "@/ui/words";

const said = words.acts;

function changed(): void {
  for (const key of ["segments", "segment", "segment-health"])
    queries.invalidateQueries({ queryKey: [key] });
}

export async function archive({ id, name }: SavedSegment): Promise<void> {
  await ask(archiveSegment({ path: { id } }));
  changed();
  tell(said.archived(name), async () => {
    await ask(restoreSegment({ path: { id } }));
    changed();
  });
}

export async function restore({ id, name }: SavedSegment): Promise<void> {
  await ask(restoreSegment({ path: { id } }));
  changed();
  tell(said.restored(name), async () => {
    await ask(archiveSegment({ path: { id } }));
    changed();
  });
}

export async function duplicate({ id }: SavedSegment): Promise<SavedSegment> {
  const made = await ask(duplicateSegment({ path: { id }, body: {} }));
  changed();
  tell(said.duplicated(made.name), () => remove(made));
  return made;
}

/** Delete for good. Refused by the server while something uses the segment. */
export async function remove({ id }: SavedSegment): Promise<void> {
  const { response } = await getSegment({ path: { id } });
  const tag = response.headers.get("ETag") ?? undefined;
  await ask(deleteSegment({ path: { id }, headers: { "If-Match": tag } }));
  changed();
}
