-- One line for each mailbox, though its owner follows and gave twice. An unsubscribing stands against every gift, since
-- anybody may type an address there; only somebody signed in lifts it, by following again.
with wished as (
  select f.email_normalised, u.email, f.locale, f.followed_at as at, true as signed_in
  from sk.followers f join sk.users u on u.id = f.user_id
  where f.campaign_id = ${campaignId} and f.email_normalised > ${after} and u.banned_at is null
  union all
  select w.email_normalised, i.email, i.locale, d.paid_at, false
  from sk.update_wishes w
  join sk.donations d on d.id = w.donation_id
  join sk.donor_identities i on i.donation_id = w.donation_id
  where w.campaign_id = ${campaignId} and w.email_normalised > ${after} and d.paid_at is not null and i.email is not null
)
select distinct on (w.email_normalised) w.email_normalised, w.email, w.locale
from wished w
where not exists (
  select from sk.unsubscribes u join sk.readers r on r.id = u.reader_id
  where r.email_normalised = w.email_normalised and (u.campaign_id is null or u.campaign_id = ${campaignId})
    and (not w.signed_in or u.at >= w.at))
order by w.email_normalised, w.signed_in desc, w.at desc
limit ${limit}
