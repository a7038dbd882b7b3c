-- The campaign's own slugs are there already: it goes back to one of them when its title does.
with own as (
  select slug, campaign_id from sk.campaign_slugs where slug = ${slug} and campaign_id = ${id}
), taken as (
  insert into sk.campaign_slugs (slug, campaign_id)
  select ${slug}, ${id} where not exists (select from own)
  on conflict (slug) do nothing
  returning slug, campaign_id
)
update sk.campaigns c
set slug = s.slug
from (select * from own union all select * from taken) s
where c.id = s.campaign_id
returning c.id
