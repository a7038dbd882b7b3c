select c.title, c.slug,
  exists (select from sk.unsubscribes u where u.reader_id = r.id and u.campaign_id = c.id) as campaign,
  exists (select from sk.unsubscribes u where u.reader_id = r.id and u.campaign_id is null) as "all"
from sk.readers r, sk.campaigns c
where r.id = ${readerId} and c.id = ${campaignId}
