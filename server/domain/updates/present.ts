import type { UpdateRow } from '../../db/updates.ts';
import type { UpdateView } from '../../protocol/updates.ts';

/** An update as everyone reads it. */
export const updateView = (row: UpdateRow): UpdateView => ({
  id: row.id,
  number: row.number,
  title: row.title,
  html: row.body_html,
  pictures: row.pictures.map(({ id, width, height }) => ({ url: `/pictures/${id}.webp`, width, height })),
  at: row.posted_at.toISOString(),
  proofOfUse: row.proof_of_use,
});
