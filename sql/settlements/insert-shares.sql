insert into sk.settlement_shares (settlement_id, campaign_id, gift_minor, fee_minor, platform_fee_minor)
select $1, s.* from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) as s(campaign_id, gift, fee, platform_fee)
