-- The base itself counts as number 1. A campaign's own slugs of earlier days are free for it alone.
select case when slug = ${base} then 1 else substring(slug from '[0-9]+$')::int end as n
from sk.campaign_slugs
where campaign_id <> ${id}
  and (slug = ${base} or (slug like ${base} || '-%' and slug ~ ('^' || ${base} || '-[0-9]{1,6}$')))
