-- The cut-off is far from any upload in progress, and the foreign key keeps what a campaign shows.
delete from sk.pictures
where id in (
  select p.id from sk.pictures p
  where p.created_at < ${before} and not exists (select from sk.campaigns c where c.picture_id = p.id)
  limit ${limit}
)
