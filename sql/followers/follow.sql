-- The time is renewed: following anew is a newer wish than an unsubscribing before it.
insert into sk.followers (campaign_id, user_id, email_normalised, locale, followed_at)
values (${campaignId}, ${userId}, ${emailNormalised}, ${locale}, ${now})
on conflict (campaign_id, user_id) do update set locale = excluded.locale, followed_at = excluded.followed_at
