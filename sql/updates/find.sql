select u.id, u.campaign_id, u.number, u.title, u.body_html, u.posted_at, u.hidden_at, u.proof_of_use, coalesce(p.pictures, '[]') as pictures
from sk.campaign_updates u
left join lateral (
  select jsonb_agg(jsonb_build_object('id', p.id, 'width', p.width, 'height', p.height) order by up.nth) as pictures
  from sk.update_pictures up join sk.pictures p on p.id = up.picture_id where up.update_id = u.id
) p on true
where u.id = ${id}
