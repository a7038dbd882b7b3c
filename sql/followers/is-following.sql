select exists (
  select from sk.followers f
  where f.campaign_id = ${campaignId} and f.user_id = ${userId} and not exists (
    select from sk.unsubscribes u join sk.readers r on r.id = u.reader_id
    where r.email_normalised = f.email_normalised and (u.campaign_id is null or u.campaign_id = f.campaign_id)
      and u.at >= f.followed_at)
) as following
