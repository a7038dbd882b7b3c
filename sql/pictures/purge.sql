-- The cut-off is far from any upload in progress, and the foreign keys keep what a campaign or an update shows.
delete from sk.pictures
where id in (
  select p.id from sk.pictures p
  where p.created_at < ${before} and not exists (select from sk.campaigns c where c.picture_id = p.id)
    and not exists (select from sk.update_pictures u where u.picture_id = p.id and u.update_id is not null)
  limit ${limit}
)
