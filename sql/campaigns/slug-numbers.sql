-- The base itself counts as number 1.
select case when slug = ${base} then 1 else substring(slug from '[0-9]+$')::int end as n
from sk.campaigns
where slug = ${base} or (slug like ${base} || '-%' and slug ~ ('^' || ${base} || '-[0-9]{1,6}$'))
