-- The first campaign of each page. Ids ascend with time: what is new is added to the last page.
select id
from (select id, row_number() over (order by id) as n from sk.campaigns where status in ('live', 'ended')) numbered
where (n - 1) % ${size} = 0
order by id
limit ${limit}
